/**
 * The initramfs: our init (initramfs/), busybox, the iSCSI initiator and the kernel modules of the boot path, and nothing
 * else. Made by hand rather than by initramfs-tools: it is small to fetch and to unpack, has no udev to wait for and no
 * shell to hang in, and every step of the boot can be read in initramfs/.
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type CpioEntry, writeCpio } from './cpio.ts';
import type { KernelFiles } from './kernel.ts';
import { readModuleIndex, selectModules } from './kernel-modules.ts';
import type { Recipe } from './recipe.ts';
import { sharedLibraries } from './shared-libraries.ts';
import { tool } from './tool.ts';

/** Two seconds of an idle machine's time; one that is busy otherwise must get through too. */
const PACK_MS = 300_000;

const SOURCES = join(import.meta.dirname, 'initramfs');

/** Programs of the image that go in always, by their names there and here. */
const PROGRAMS: Record<string, string> = {
  'usr/bin/busybox': 'busybox',
  'usr/bin/kmod': 'modprobe',
  'usr/sbin/iscsid': '@iscsid',
  'usr/sbin/iscsiadm': 'iscsiadm',
  'usr/sbin/blkdiscard': 'blkdiscard',
  'usr/bin/b2sum': 'b2sum',
};

export type InitramfsOptions = {
  recipe: Recipe;
  /** The root of the installed image. */
  tree: string;
  kernel: KernelFiles;
  /** A folder for intermediate files. */
  work: string;
  signal?: AbortSignal | undefined;
};

/** Writes the archive of the initramfs, as the kernel unpacks it, to `target`. */
export async function makeInitramfs(options: InitramfsOptions, target: string): Promise<void> {
  const entries = [...(await scripts()), ...(await programs(options)), ...(await modules(options))];
  for (const folder of ['dev', 'proc', 'root', 'run', 'sys'])
    entries.push({ path: folder, kind: 'folder', mode: 0o755 });
  await writeFile(target, writeCpio(entries, options.recipe.epoch));
}

/** Compresses it: most of the time that it takes. */
export async function compressInitramfs(
  archive: string,
  compression: Recipe['initramfs']['compression'],
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  const compress = {
    zstd: () =>
      tool('zstd', ['-q', '-f', '-19', '-T1', archive, '-o', target], { signal, timeoutMs: PACK_MS }),
    // The kernel reads lz4's legacy frames only.
    lz4: () => tool('lz4', ['-q', '-f', '-l', '-9', archive, target], { signal }),
    none: () => cp(archive, target),
  };
  await compress[compression]();
}

async function scripts(): Promise<CpioEntry[]> {
  const lib = (await readdir(join(SOURCES, 'lib'))).sort();
  return [
    { path: 'init', kind: 'file', mode: 0o755, data: await readFile(join(SOURCES, 'init')) },
    ...(await Promise.all(
      lib.map(async (name): Promise<CpioEntry> => {
        return {
          path: `lib/bullion/${name}`,
          kind: 'file',
          mode: 0o644,
          data: await readFile(join(SOURCES, 'lib', name)),
        };
      }),
    )),
  ];
}

async function programs({ recipe, tree, signal }: InitramfsOptions): Promise<CpioEntry[]> {
  // Debian's static busybox finds its other programs by itself, once its shell runs.
  const entries: CpioEntry[] = [{ path: 'bin/sh', kind: 'link', target: 'busybox' }];
  const own = Object.fromEntries(recipe.initramfs.programs.map((path) => [path, basename(path)]));
  const chosen = { ...PROGRAMS, ...own };
  for (const [there, here] of Object.entries(chosen)) {
    entries.push({ path: `bin/${here}`, kind: 'file', mode: 0o755, data: await readFile(join(tree, there)) });
  }
  // Where the kernel itself looks for it.
  entries.push({ path: 'sbin/modprobe', kind: 'link', target: '../bin/modprobe' });
  for (const path of await sharedLibraries(tree, Object.keys(chosen), signal)) {
    entries.push({ path, kind: 'file', mode: 0o755, data: await readFile(join(tree, path)) });
  }
  return entries;
}

async function modules({ recipe, kernel, work, signal }: InitramfsOptions): Promise<CpioEntry[]> {
  const paths = selectModules(await readModuleIndex(kernel.modules), recipe.initramfs.modules);
  // depmod indexes the chosen ones alone: modprobe then neither finds nor misses the others.
  const stage = join(work, 'initramfs-modules');
  const folder = join(stage, 'lib/modules', kernel.release);
  for (const path of [...paths, 'modules.order', 'modules.builtin', 'modules.builtin.modinfo']) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await cp(join(kernel.modules, path), join(folder, path));
  }
  await tool('depmod', ['-b', stage, kernel.release], { signal });
  const indexes = (await readdir(folder)).filter((name) => /^modules\.(.*\.bin|softdep)$/.test(name));
  const entries = await Promise.all(
    [...paths, ...indexes].map(async (path): Promise<CpioEntry> => {
      const data = await readFile(join(folder, path));
      return { path: `lib/modules/${kernel.release}/${path}`, kind: 'file', mode: 0o644, data };
    }),
  );
  await rm(stage, { recursive: true });
  return entries.filter(({ path }) => basename(path) !== 'modules.symbols.bin');
}
