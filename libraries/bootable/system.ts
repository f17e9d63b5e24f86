/** What is on a disk, as far as it matters for a boot: gathered here, judged in findings.ts. */
import { type FileSystem, openFileSystem } from './file-system.ts';
import { type Initramfs, readInitramfs } from './initramfs.ts';
import { type PartitionTable, readPartitions } from './partitions.ts';
import { type ByteSource, Malformed, NotLookedInto, window } from './source.ts';

export type Part = {
  /** 0 for a disk without a table. */
  number: number;
  kind: string;
  /** Of its file system; undefined where there is none that is known. */
  type: string | undefined;
  fileSystem: FileSystem | undefined;
  /** Why it could not be read. */
  problem: string | undefined;
};

export type System = {
  table: PartitionTable;
  parts: Part[];
  /** The program that UEFI starts from any disk. */
  hasEfiLoader: boolean;
  /** Of /etc/os-release; undefined where no root was found. */
  name: string | undefined;
  kernel: { path: string; release: string | undefined } | undefined;
  initramfs: { path: string; content: Initramfs | undefined; problem: string | undefined } | undefined;
  /** All that boot loaders tell kernels, as text. */
  bootConfiguration: string;
  /** Names of the modules that the kernel has built in. */
  builtIn: Set<string>;
  hasCloudInit: boolean;
  /** An image of ours: what cloud-init does elsewhere, its own units do. */
  hasOwnUnits: boolean;
};

const INITRAMFS_BYTES = 256 * 2 ** 20;
const TEXT_BYTES = 2 ** 20;

/** Of the initramfs: what decides how it looks for its disk. */
const TELLING = /^(init|etc\/iscsi\.initramfs|etc\/cmdline\.d\/.*|etc\/initrd-release|conf\/.*\.conf)$/;

/** Throws `Malformed` where not even the partition table can be read. */
export async function lookInto(source: ByteSource): Promise<System> {
  const table = await readPartitions(source);
  const parts =
    table.partitions.length > 0
      ? await Promise.all(
          table.partitions.map(({ number, kind, offset, size }) =>
            openPart({ number, kind }, window(source, offset, size)),
          ),
        )
      : [await openPart({ number: 0, kind: 'whole disk' }, source)];
  const readable = parts.flatMap(({ fileSystem }) => fileSystem ?? []);
  const root = await firstWith(readable, async (each) => await textOf(each, '/etc/os-release'));
  const folders = readable.flatMap((fileSystem) => ['', '/boot'].map((folder) => ({ fileSystem, folder })));
  const kernels = await inFolders(folders, /^vmlinuz/);
  const kernel = kernels.at(-1);
  const release = kernel && /^vmlinuz-(.+)$/.exec(kernel.name)?.[1];
  const initramfs = (await inFolders(folders, /^init(rd|ramfs)/)).filter(
    ({ name }) => !/kdump|rescue|fallback/.test(name),
  );
  const fitting = release === undefined ? undefined : initramfs.find(({ name }) => name.includes(release));
  const chosen = fitting ?? initramfs.at(-1);
  return {
    table,
    parts,
    hasEfiLoader:
      (await firstWith(readable, (each) => each.list('/EFI/BOOT')))?.found.has('BOOTX64.EFI') ?? false,
    name: root && (/^PRETTY_NAME="?([^"\n]*)/m.exec(root.found)?.[1] ?? 'a Linux'),
    kernel: kernel && { path: kernel.path, release },
    initramfs: chosen && { path: chosen.path, ...(await openInitramfs(chosen)) },
    bootConfiguration: await bootConfigurationOf(readable),
    builtIn: await builtInOf(root?.fileSystem, release),
    hasOwnUnits: root !== undefined && (await hasFile(root.fileSystem, '/usr/lib/bullion', 'make-users')),
    hasCloudInit: root !== undefined && (await hasFile(root.fileSystem, '/usr/bin', 'cloud-init')),
  };
}

type PartName = Pick<Part, 'number' | 'kind'>;

async function openPart(name: PartName, source: ByteSource): Promise<Part> {
  try {
    const opened = await openFileSystem(source);
    return { ...name, type: opened?.type, fileSystem: opened?.fileSystem, problem: undefined };
  } catch (error) {
    return { ...name, type: undefined, fileSystem: undefined, problem: problemOf(error) };
  }
}

/** For people; anything else is a defect, or a disk that cannot be read. */
function problemOf(error: unknown): string {
  if (error instanceof Malformed || error instanceof NotLookedInto) return error.message;
  throw error;
}

/** Undefined also where the file system is damaged there. */
async function attempt<Found>(work: Promise<Found | undefined>): Promise<Found | undefined> {
  try {
    return await work;
  } catch (error) {
    problemOf(error);
    return undefined;
  }
}

async function firstWith<Found>(
  all: readonly FileSystem[],
  look: (fileSystem: FileSystem) => Promise<Found | undefined>,
): Promise<{ fileSystem: FileSystem; found: Found } | undefined> {
  for (const fileSystem of all) {
    const found = await attempt(look(fileSystem));
    if (found !== undefined) return { fileSystem, found };
  }
  return undefined;
}

const textOf = async (fileSystem: FileSystem, path: string): Promise<string | undefined> =>
  (await attempt(fileSystem.read(path, TEXT_BYTES)))?.toString();

async function hasFile(fileSystem: FileSystem, folder: string, name: string): Promise<boolean> {
  return (await attempt(fileSystem.list(folder)))?.has(name) ?? false;
}

type Place = { fileSystem: FileSystem; folder: string };
type Found = { fileSystem: FileSystem; path: string; name: string };

/** Files of such names, those of later versions last. */
async function inFolders(places: readonly Place[], pattern: RegExp): Promise<Found[]> {
  const found: Found[] = [];
  for (const { fileSystem, folder } of places) {
    for (const [name, kind] of (await attempt(fileSystem.list(folder))) ?? []) {
      if (pattern.test(name) && (kind === 'file' || kind === 'link'))
        found.push({ fileSystem, name, path: `${folder}/${name}` });
    }
  }
  return found.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

async function openInitramfs({ fileSystem, path }: Found) {
  try {
    const data = await fileSystem.read(path, INITRAMFS_BYTES);
    if (data === undefined) return { content: undefined, problem: 'it is a link that leads nowhere' };
    return { content: await readInitramfs(data, (name) => TELLING.test(name)), problem: undefined };
  } catch (error) {
    return { content: undefined, problem: problemOf(error) };
  }
}

/** GRUB's, syslinux's and systemd-boot's; and the defaults from which GRUB's is made anew. */
async function bootConfigurationOf(readable: readonly FileSystem[]): Promise<string> {
  const texts: (string | undefined)[] = [];
  for (const fileSystem of readable) {
    for (const path of [
      '/boot/grub/grub.cfg',
      '/grub/grub.cfg',
      '/boot/grub2/grub.cfg',
      '/grub2/grub.cfg',
      '/syslinux/syslinux.cfg',
    ])
      texts.push(await textOf(fileSystem, path));
    for (const folder of ['/boot/loader/entries', '/loader/entries'])
      for (const name of (await attempt(fileSystem.list(folder)))?.keys() ?? [])
        texts.push(await textOf(fileSystem, `${folder}/${name}`));
  }
  return texts.filter((text) => text !== undefined).join('\n');
}

async function builtInOf(root: FileSystem | undefined, release: string | undefined): Promise<Set<string>> {
  const text = root && release && (await textOf(root, `/lib/modules/${release}/modules.builtin`));
  return new Set((text ?? '').split('\n').map((path) => moduleName(path)));
}

/** Hyphens and underscores are the same to the kernel. */
export const moduleName = (path: string): string =>
  path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
