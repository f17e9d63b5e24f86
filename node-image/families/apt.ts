/**
 * Packages of Debian or Ubuntu by apt, in a folder of its own: the machine's package lists, locks and installed packages are
 * neither read nor changed. Only where packages come from is taken over from the machine (its mirror may be near).
 * The lists, once fetched, decide the versions of everything that is built until they are fetched again.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BullionError } from '@bullion/service/errors';
import type { Distribution } from '../recipe.ts';
import { tool } from '../tool.ts';
import { type Archive, officialSources, stanza } from './archives.ts';
import type { PackageVersion, Versions } from './family.ts';

const LISTS_ARE_FRESH_MS = 24 * 3600_000;

export class Apt {
  readonly #folder: string;
  readonly #archive: Archive;
  readonly #distribution: Distribution;
  readonly #signal: AbortSignal | undefined;

  /** `folder` keeps the lists; it may be kept from run to run, and be removed at any time. */
  constructor(folder: string, archive: Archive, distribution: Distribution, signal?: AbortSignal) {
    this.#folder = folder;
    this.#archive = archive;
    this.#distribution = distribution;
    this.#signal = signal;
  }

  /** The sources, in apt's deb822 form. */
  get sourcesPath(): string {
    return join(this.#folder, 'machine.sources');
  }

  get listsFolder(): string {
    return join(this.#folder, 'lists');
  }

  /** Fetches the package lists if there are none, or they are older than a day. Offline, old ones will do. */
  async refresh(onStep: (text: string) => void): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    // Each time: it names the folder, which may have been moved, or be reached by another path, since the lists came.
    await writeFile(join(this.#folder, 'apt.conf'), this.#configuration());
    const stamp = join(this.#folder, 'fetched');
    const age = await stat(stamp).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => Number.POSITIVE_INFINITY,
    );
    if (age < LISTS_ARE_FRESH_MS) return;
    onStep('fetching package lists');
    await mkdir(join(this.#folder, 'lists', 'partial'), { recursive: true });
    await mkdir(join(this.#folder, 'archives', 'partial'), { recursive: true });
    await writeFile(this.sourcesPath, await this.#sources());
    try {
      await this.#apt('apt-get', ['-q', '--error-on=any', 'update'], 180_000);
      await writeFile(stamp, '');
    } catch (error) {
      if (!Number.isFinite(age)) throw error;
      onStep('package lists could not be fetched: going on with those of an earlier day');
    }
  }

  /** The versions of everything that installing `packages` into an empty system brings. */
  async resolve(packages: readonly string[]): Promise<Versions> {
    const plan = await this.#apt('apt-get', ['-s', 'install', '?essential', 'apt', ...packages]);
    const lines = [...plan.matchAll(/^Inst (\S+) \((\S+)/gm)].map(([, name, version]) => [name!, version!]);
    return Object.fromEntries(lines.sort(([a], [b]) => (a! < b! ? -1 : 1))) as Versions;
  }

  /**
   * The package that holds the kernel itself, when `name` is the empty one that depends on the newest; behind it those
   * that hold its modules, which Debian keeps with the kernel and Ubuntu does not.
   */
  async resolveKernel(name: string): Promise<PackageVersion[]> {
    const modules = new Set<string>();
    let kernel = name;
    for (;;) {
      const depends = /^Depends: (.*)$/m.exec(await this.#record(kernel))?.[1] ?? '';
      for (const [, each] of depends.matchAll(/(?:^|, )(linux-modules-(?:extra-)?\d[^ ,]*)/g))
        modules.add(each!);
      const newest = /(?:^|, )(linux-image-\d[^ ,]*)/.exec(depends)?.[1];
      if (newest === undefined || newest === kernel) break;
      kernel = newest;
    }
    return await Promise.all([kernel, ...modules].map((each) => this.resolveOne(each)));
  }

  /** The version of one package. */
  async resolveOne(name: string): Promise<PackageVersion> {
    return { name, version: /^Version: (\S+)/m.exec(await this.#record(name))![1]! };
  }

  async #record(name: string): Promise<string> {
    const record = await this.#apt('apt-cache', ['show', '--no-all-versions', name]).catch(() => '');
    if (record.includes('\nVersion: ')) return record;
    throw new BullionError(
      'invalid',
      'package_not_found',
      `There is no package "${name}" in this distribution.`,
      {
        hint: 'Correct its name in the recipe.',
      },
    );
  }

  /** Downloads one package, verified, into `folder` and returns its path. */
  async download({ name, version }: PackageVersion, folder: string): Promise<string> {
    await mkdir(folder, { recursive: true });
    for (const old of await readdir(folder)) await rm(join(folder, old));
    await this.#apt('apt-get', ['-q', 'download', `${name}=${version}`], 300_000, folder);
    const [file] = await readdir(folder);
    return join(folder, file!);
  }

  #apt(program: string, args: string[], timeoutMs = 60_000, cwd?: string): Promise<string> {
    const env = { APT_CONFIG: join(this.#folder, 'apt.conf') };
    return tool(program, args, {
      timeoutMs,
      env,
      signal: this.#signal,
      ...(cwd === undefined ? {} : { cwd }),
    });
  }

  /** Those that the recipe names; or the machine's own, or the distribution's when it has none (it may be another system). */
  async #sources(): Promise<string> {
    const archive = this.#archive;
    const { suite, components, sources } = this.#distribution;
    if (sources.length > 0) {
      return sources
        .map(({ uri, suites, key }) =>
          stanza(uri, suites.length > 0 ? suites.join(' ') : suite, components.join(' '), key),
        )
        .join('\n');
    }
    const own = await this.#machineSources();
    if (own !== undefined) return own;
    if (existsSync(archive.keyring)) return officialSources(archive, this.#distribution);
    throw new BullionError(
      'unavailable',
      'archive_keyring_missing',
      `The packages of ${suite} cannot be verified: this machine has no ${archive.keyring}.`,
      {
        hint: `${archive.keyringHint} Or name the key of another source: distribution.sources in the recipe.`,
      },
    );
  }

  async #machineSources(): Promise<string | undefined> {
    const { suite, components } = this.#distribution;
    const { mirrors, keyring } = this.#archive;
    const format = '$(REPO_URI) $(RELEASE) $(COMPONENT) $(SIGNED_BY)';
    const targets = await tool('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
      signal: this.#signal,
    }).catch(() => '');
    const wanted = [suite, `${suite}-updates`, `${suite}-security`];
    const own = targets
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, release, component]) => wanted.includes(release!) && components.includes(component!))
      .filter(([uri]) => mirrors.test(uri!));
    if (!own.some(([, release]) => release === suite)) return undefined;
    return own
      .map(([uri, release, component, key]) =>
        stanza(uri!, release!, component!, key?.startsWith('/') ? key : keyring),
      )
      .join('\n');
  }

  #configuration(): string {
    const folder = this.#folder;
    return [
      'Dir::Etc::main "/dev/null";',
      'Dir::Etc::parts "/dev/null";',
      `Dir::Etc::sourcelist "${this.sourcesPath}";`,
      'Dir::Etc::sourceparts "/dev/null";',
      'Dir::Etc::preferences "/dev/null";',
      'Dir::Etc::preferencesparts "/dev/null";',
      `Dir::State "${folder}";`,
      // An empty system: what is installed on this machine plays no part.
      'Dir::State::status "/dev/null";',
      `Dir::State::lists "${this.listsFolder}";`,
      `Dir::Cache "${folder}";`,
      'APT::Architecture "amd64";',
      'APT::Architectures "amd64";',
      'APT::Install-Recommends "false";',
      'APT::Sandbox::User "";',
      'Acquire::Languages "none";',
      'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";',
      '',
    ].join('\n');
  }
}
