/**
 * Distributions of RPM packages, by dnf: versions are fixed by downloading, and installed from what was downloaded.
 * UNTESTED with a real distribution: no repository of one could be reached where this was written. It is tried on a
 * distribution of empty packages that its test makes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BullionError } from '@bullion/service/errors';
import type { Recipe } from '../recipe.ts';
import { tool } from '../tool.ts';
import type { Family, PackageSource, PackageVersion, Versions } from './family.ts';

/** What everything else stands on. */
const BASE = ['filesystem', 'bash', 'rpm'];
const QUERY = ['--qf', '%{NAME} %{EVR}\\n'];

class Rpm implements PackageSource {
  readonly #folder: string;
  readonly #recipe: Recipe;
  readonly #signal: AbortSignal | undefined;

  constructor(folder: string, recipe: Recipe, signal?: AbortSignal) {
    this.#folder = folder;
    this.#recipe = recipe;
    this.#signal = signal;
  }

  async refresh(onStep: (text: string) => void): Promise<void> {
    const { sources, suite } = this.#recipe.distribution;
    if (sources.length === 0) {
      throw new BullionError(
        'invalid',
        'repositories_not_named',
        `The recipe "${this.#recipe.name}" does not say where the packages of ${suite} are.`,
        { hint: 'Name its repositories: distribution.sources, each with uri and key.' },
      );
    }
    const repositories = sources.map(({ uri, key }, index) =>
      [
        `[source${index}]`,
        `name=source${index}`,
        `baseurl=${uri}`,
        'gpgcheck=1',
        `gpgkey=file://${key}`,
        '',
      ].join('\n'),
    );
    await mkdir(join(this.#folder, 'repos'), { recursive: true });
    await writeFile(join(this.#folder, 'repos/recipe.repo'), repositories.join('\n'));
    onStep('fetching package lists');
    await this.#dnf(join(this.#folder, 'empty'), ['makecache']);
  }

  async resolve(packages: readonly string[]): Promise<Versions> {
    const folder = await this.#download(packages);
    const listed = await this.#sh(`rpm -qp ${QUERY.map(quote).join(' ')} "$0"/*.rpm`, folder);
    return versionsOf(listed);
  }

  async resolveKernel(name: string): Promise<PackageVersion[]> {
    const all = await this.resolve([name]);
    // kernel-core and kernel-modules-core; `kernel` itself is empty.
    return Object.entries(all)
      .filter(([each]) => /^kernel/.test(each))
      .map(([each, version]) => ({ name: each, version }));
  }

  async resolveStub(): Promise<PackageVersion> {
    const name = 'systemd-boot-unsigned';
    return { name, version: (await this.resolve([name]))[name]! };
  }

  async makeBase(target: string): Promise<void> {
    await this.#inTree(target, (tree) => this.#dnf(tree, ['install', ...BASE]));
  }

  async install(base: string, packages: readonly string[], target: string): Promise<void> {
    await this.#inTree(target, async (tree) => {
      await tool('tar', ['-x', '--numeric-owner', '--xattrs', '--xattrs-include=*', '-f', base, '-C', tree]);
      await this.#dnf(tree, ['install', ...packages]);
    });
  }

  async unpack(packages: readonly PackageVersion[], folder: string): Promise<void> {
    const downloads = await this.#download(packages.map(({ name, version }) => `${name}-${version}`));
    for (const { name } of packages) {
      const script = 'cd "$1" && rpm2cpio "$(ls "$0"/"$2"-[0-9]*.rpm | head -n 1)" | cpio -idm --quiet';
      await this.#sh(script, downloads, folder, name);
    }
  }

  /** The packages, and what they need, as files in a folder of their own. */
  async #download(packages: readonly string[]): Promise<string> {
    const folder = join(this.#folder, 'downloads', packages.join('_').slice(0, 100) || 'base');
    await mkdir(folder, { recursive: true });
    const wanted = packages.length === 0 ? BASE : packages;
    await this.#dnf(join(this.#folder, 'empty'), [
      'install',
      '--downloadonly',
      `--downloaddir=${folder}`,
      ...wanted,
    ]);
    return folder;
  }

  async #inTree(target: string, work: (tree: string) => Promise<unknown>): Promise<void> {
    const tree = `${target}.tree`;
    await mkdir(tree);
    try {
      await work(tree);
      const options = [
        '--sort=name',
        '--numeric-owner',
        '--xattrs',
        '--xattrs-include=*',
        '--exclude=./dev/*',
      ];
      await tool('tar', ['-c', ...options, '-f', target, '-C', tree, '.'], { timeoutMs: 180_000 });
    } finally {
      await tool('rm', ['-r', tree]);
    }
  }

  #dnf(tree: string, args: readonly string[]): Promise<string> {
    const folder = this.#folder;
    const options = [
      '-q',
      '-y',
      `--installroot=${tree}`,
      `--releasever=${this.#recipe.distribution.suite}`,
      '--forcearch=x86_64',
      ...['install_weak_deps=False', 'tsflags=nodocs', 'keepcache=1', 'metadata_expire=1d'].map(setting),
      ...[`reposdir=${join(folder, 'repos')}`, `cachedir=${join(folder, 'cache')}`].map(setting),
    ];
    const env = { SOURCE_DATE_EPOCH: String(this.#recipe.epoch) };
    return tool('dnf', [...options, ...args], { timeoutMs: 15 * 60_000, signal: this.#signal, env });
  }

  #sh(script: string, ...args: string[]): Promise<string> {
    return tool('sh', ['-c', script, ...args], { timeoutMs: 180_000, signal: this.#signal });
  }
}

const setting = (text: string) => `--setopt=${text}`;
const quote = (text: string) => `'${text}'`;

function versionsOf(listed: string): Versions {
  const lines = listed.trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(' ') as [string, string]).sort());
}

export const rpm: Family = {
  requirements: [
    { package: 'dnf', provides: 'dnf', why: 'installs RPM packages' },
    { package: 'rpm', provides: 'rpm2cpio', why: 'unpacks RPM packages' },
    { package: 'cpio', provides: 'cpio', why: 'unpacks RPM packages' },
  ],
  stubPath: 'usr/lib/systemd/boot/efi/linuxx64.efi.stub',
  open: (folder, recipe, signal) => new Rpm(folder, recipe, signal),
  installed: async (tree) => versionsOf(await tool('rpm', ['--root', tree, '-qa', ...QUERY])),
};
