/**
 * Debian and Ubuntu: apt decides, mmdebstrap installs. First a system that holds little more than apt, which is the same
 * for every recipe of a release; the packages of a recipe are put on top of it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BullionError } from '@bullion/service/errors';
import type { Recipe } from '../recipe.ts';
import type { Requirement } from '../requirements.ts';
import { tool } from '../tool.ts';
import { Apt } from './apt.ts';
import { ARCHIVES, type Archive, officialSources } from './archives.ts';
import type { Family, PackageSource, PackageVersion, Versions } from './family.ts';

/** Documentation and translations: of no use to a node, a third of the bytes. Licences stay. */
const LEFT_OUT = [
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
  'path-exclude=/usr/share/locale/*',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/lintian/*',
];

/** In both runs, since each writes them into the system's own configuration. */
const OPTIONS = [
  '--mode=root',
  '--format=tar',
  '--architectures=amd64',
  '--skip=update',
  '--aptopt=APT::Install-Recommends "false"',
  '--aptopt=Acquire::Languages "none"',
  ...LEFT_OUT.map((option) => `--dpkgopt=${option}`),
];

/** The lists that decided the versions are handed over, so that nothing newer slips in between. */
const GIVE_LISTS = 'mkdir -p "$1/var/lib/apt/lists" && cp -r "$LISTS"/. "$1/var/lib/apt/lists/"';
const INSTALL =
  'APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get -q -y -o DPkg::Chroot-Directory="$1" install $PACKAGES';
/** The machine's mirror serves the build only. */
const SET_SOURCES =
  'rm -f "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/*; printf %s "$SOURCES" > "$1/etc/apt/sources.list.d/$SOURCES_FILE"';

class Deb implements PackageSource {
  readonly #apt: Apt;
  readonly #archive: Archive;
  readonly #recipe: Recipe;
  readonly #signal: AbortSignal | undefined;

  constructor(folder: string, archive: Archive, recipe: Recipe, signal?: AbortSignal) {
    this.#apt = new Apt(folder, archive, recipe.distribution, signal);
    this.#archive = archive;
    this.#recipe = recipe;
    this.#signal = signal;
  }

  refresh(onStep: (text: string) => void): Promise<void> {
    return this.#apt.refresh(onStep);
  }

  resolve(packages: readonly string[]): Promise<Versions> {
    return this.#apt.resolve(packages);
  }

  resolveKernel(name: string): Promise<PackageVersion[]> {
    return this.#apt.resolveKernel(name);
  }

  resolveStub(): Promise<PackageVersion> {
    return this.#apt.resolveOne('systemd-boot-efi');
  }

  async makeBase(target: string): Promise<void> {
    const options = ['--variant=apt', ...this.#archive.mergeUsr, `--setup-hook=${GIVE_LISTS}`];
    await this.#mmdebstrap(options, target);
  }

  async install(base: string, packages: readonly string[], target: string): Promise<void> {
    const unpack =
      'tar -x --numeric-owner --xattrs --xattrs-include="*" --exclude="./dev/*" -f "$BASE" -C "$1"';
    await this.#mmdebstrap(
      [
        '--variant=custom',
        `--setup-hook=${unpack}`,
        `--setup-hook=${GIVE_LISTS}`,
        `--customize-hook=${INSTALL}`,
        `--customize-hook=${SET_SOURCES}`,
      ],
      target,
      { BASE: base, PACKAGES: packages.join(' ') },
    );
  }

  async #mmdebstrap(options: string[], target: string, env: Record<string, string> = {}): Promise<void> {
    const { distribution, epoch } = this.#recipe;
    const components = `--components=${distribution.components.join(',')}`;
    await tool(
      'mmdebstrap',
      [...OPTIONS, components, ...options, distribution.suite, target, this.#apt.sourcesPath],
      {
        timeoutMs: 15 * 60_000,
        env: {
          SOURCE_DATE_EPOCH: String(epoch),
          LISTS: this.#apt.listsFolder,
          SOURCES: officialSources(this.#archive, distribution),
          SOURCES_FILE: this.#archive.sourcesFile,
          DEBIAN_FRONTEND: 'noninteractive',
          ...env,
        },
        signal: this.#signal,
      },
    );
  }

  async unpack(packages: readonly PackageVersion[], folder: string): Promise<void> {
    for (const wanted of packages) {
      const deb = await this.#apt.download(wanted, join(folder, 'download'));
      await tool('dpkg-deb', ['--extract', deb, folder], { timeoutMs: 120_000, signal: this.#signal });
    }
    await tool('rm', ['-r', join(folder, 'download')]);
  }
}

async function installed(tree: string): Promise<Versions> {
  const status = await readFile(join(tree, 'var/lib/dpkg/status'), 'utf8');
  const versions: [string, string][] = status
    .split('\n\n')
    .filter((record) => record.includes('Status: install ok installed'))
    .map((record) => [/^Package: (.*)$/m.exec(record)![1]!, /^Version: (.*)$/m.exec(record)![1]!]);
  if (versions.length === 0) {
    throw new BullionError('internal', 'base_system_empty', 'The base system has no installed packages.');
  }
  return Object.fromEntries(versions.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const MMDEBSTRAP: Requirement = {
  package: 'mmdebstrap',
  provides: 'mmdebstrap',
  why: 'makes a Debian system out of packages',
};

const family = (archive: Archive, requirements: readonly Requirement[]): Family => ({
  requirements,
  stubPath: 'usr/lib/systemd/boot/efi/linuxx64.efi.stub',
  open: (folder, recipe, signal) => new Deb(folder, archive, recipe, signal),
  installed,
});

export const debian = family(ARCHIVES.debian, [
  MMDEBSTRAP,
  {
    package: 'debian-archive-keyring',
    provides: ARCHIVES.debian.keyring,
    why: 'the keys by which packages are verified',
  },
]);

/** Its keyring is asked for when its lists are fetched: Debian 12 has no package of it. */
export const ubuntu = family(ARCHIVES.ubuntu, [MMDEBSTRAP]);
