/** The root of the image as a folder: the base system, the kernel's modules, our files; nothing of any one node. */
import {
  chmod,
  chown,
  copyFile,
  lstat,
  lutimes,
  mkdir,
  readdir,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { addUsers } from './accounts.ts';
import type { KernelFiles } from './kernel.ts';
import type { Recipe, RecipeFile } from './recipe.ts';
import { tool } from './tool.ts';

/** Of the build, of the machine that built, or of one node: none belongs in an image. */
const NEVER_IN_AN_IMAGE = [
  'etc/hostname',
  'etc/resolv.conf',
  'etc/iscsi/initiatorname.iscsi',
  'var/cache/ldconfig',
  'var/cache/apt',
  'var/cache/debconf',
  'var/lib/apt/lists',
];

/** Made again, empty, since programs expect them. */
const EMPTY_FOLDERS = ['var/cache/apt/archives/partial', 'var/lib/apt/lists/partial', 'var/cache/debconf'];
const EMPTY_FILES = ['etc/machine-id', 'etc/resolv.conf'];

/** Logs that must be there, with their owners and modes, for something to be written to them. */
const KEPT_LOGS = ['btmp', 'lastlog', 'wtmp'];

/** Fills the empty folder `tree`. */
export async function makeRootTree(
  recipe: Recipe,
  base: string,
  kernel: KernelFiles,
  tree: string,
  signal?: AbortSignal,
): Promise<void> {
  // The kernel fills /dev itself.
  const untar = [
    '--extract',
    '--numeric-owner',
    '--xattrs',
    '--xattrs-include=*',
    '--exclude=./dev/*',
    '-f',
    base,
  ];
  await tool('tar', [...untar, '-C', tree], { timeoutMs: 180_000, signal });
  const modules = join(tree, 'usr/lib/modules');
  await tool('mkdir', ['-p', modules]);
  await tool('cp', ['-a', kernel.modules, modules], { signal });
  for (const file of recipe.files) await addFile(tree, file);
  await addUsers(tree, recipe);
  await clean(recipe, tree);
  await setUnits(recipe, tree);
  await clampTimes(tree, recipe.epoch);
}

async function addFile(tree: string, { from, text, to, mode, owner }: RecipeFile): Promise<void> {
  const path = join(await resolved(tree, dirname(to)), basename(to));
  // Not by mkdir(2) from here: modes must not depend on our umask.
  await tool('mkdir', ['-p', dirname(path)]);
  if (from !== undefined) await copyAsRoot(tree, from, path);
  else await writeText(path, text!);
  if (mode !== undefined) await tool('find', [path, '-type', 'f', '-exec', 'chmod', mode, '{}', '+']);
  // The names are the image's, which has other numbers for them than this machine.
  if (owner !== undefined) await tool('chroot', [tree, 'chown', '-hR', owner, to]);
}

/** Where a path of the image is here. A link such as /var/run, followed from here, would lead into this machine. */
async function resolved(tree: string, path: string): Promise<string> {
  return join(tree, (await tool('chroot', [tree, 'realpath', '-m', path])).trimEnd());
}

async function writeText(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, text);
  await chmod(path, 0o644);
}

/** Copies a file or a folder. Owner and modes are not those of the checkout, which depend on who made it and how. */
async function copyAsRoot(tree: string, from: string, to: string): Promise<void> {
  const info = await lstat(from);
  if (!info.isDirectory()) {
    // Never through a link that a package has put there.
    await rm(to, { force: true });
    await copyFile(from, to);
    await chmod(to, (info.mode & 0o100) === 0 ? 0o644 : 0o755);
    return chown(to, 0, 0);
  }
  const isLink = (await lstat(to).catch(() => undefined))?.isSymbolicLink() ?? false;
  const folder = isLink ? await resolved(tree, `/${relative(tree, to)}`) : to;
  if ((await mkdir(folder, { recursive: true })) !== undefined) await chmod(folder, 0o755);
  for (const name of (await readdir(from)).sort())
    await copyAsRoot(tree, join(from, name), join(folder, name));
}

async function clean(recipe: Recipe, tree: string): Promise<void> {
  const keys = (await readdir(join(tree, 'etc/ssh')).catch(() => [])).filter((name) =>
    name.startsWith('ssh_host_'),
  );
  const logs = (await readdir(join(tree, 'var/log'))).filter((name) => !KEPT_LOGS.includes(name));
  const backups = ['passwd-', 'shadow-', 'group-', 'gshadow-', 'subuid-', 'subgid-'];
  const doomed = [
    ...NEVER_IN_AN_IMAGE,
    ...keys.map((name) => `etc/ssh/${name}`),
    ...logs.map((name) => `var/log/${name}`),
    ...backups.map((name) => `etc/${name}`),
    ...recipe.remove,
  ];
  for (const path of doomed) await rm(join(tree, path), { recursive: true, force: true });
  for (const name of KEPT_LOGS) await truncate(join(tree, 'var/log', name)).catch(() => {});
  await tool('mkdir', ['-p', ...EMPTY_FOLDERS.map((path) => join(tree, path))]);
  for (const path of EMPTY_FILES) await rm(join(tree, path), { force: true });
  await tool(
    'touch',
    EMPTY_FILES.map((path) => join(tree, path)),
  );
}

async function setUnits(recipe: Recipe, tree: string): Promise<void> {
  const { enable, mask, maskGenerators } = recipe.units;
  const folder = join(tree, 'etc/systemd/system');
  const generators = join(tree, 'etc/systemd/system-generators');
  // The tree's own systemctl: the machine that builds may have none.
  if (enable.length > 0) {
    await tool('chroot', [tree, 'systemctl', '--quiet', 'enable', ...enable], {
      env: { SYSTEMD_OFFLINE: '1' },
    });
  }
  await tool('mkdir', ['-p', folder, generators]);
  for (const unit of mask) await maskAt(folder, unit);
  for (const generator of maskGenerators) await maskAt(generators, generator);
}

async function maskAt(folder: string, name: string): Promise<void> {
  await rm(join(folder, name), { force: true });
  await symlink('/dev/null', join(folder, name));
}

/** No file is younger than the recipe. */
async function clampTimes(folder: string, epoch: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if ((await lstat(path)).isDirectory()) await clampTimes(path, epoch);
    else await clampTime(path, epoch);
  }
  await clampTime(folder, epoch);
}

async function clampTime(path: string, epoch: number): Promise<void> {
  const { mtimeMs } = await lstat(path);
  const time = Math.min(Math.floor(mtimeMs / 1000), epoch);
  await lutimes(path, time, time);
}
