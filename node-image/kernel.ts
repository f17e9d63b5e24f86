/** The kernel: its packages unpacked, not installed, since nothing in the image may make an initramfs of its own. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackageSource, PackageVersion } from './families/family.ts';
import { tool } from './tool.ts';

export type KernelFiles = {
  /** What `uname -r` says. */
  release: string;
  vmlinuz: string;
  /** The folder of the modules of this release, with depmod's indexes. */
  modules: string;
};

/** Fills `folder` with the kernel, and depmod's indexes. */
export async function unpackKernel(
  source: PackageSource,
  packages: readonly PackageVersion[],
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  await source.unpack(packages, folder);
  const { release } = await kernelFiles(folder);
  await tool('depmod', ['-b', folder, release], { signal });
}

/** Where things are in a folder that `unpackKernel` filled. */
export async function kernelFiles(folder: string): Promise<KernelFiles> {
  const [release] = await readdir(join(folder, 'lib/modules'));
  const modules = join(folder, 'lib/modules', release!);
  const inBoot = join(folder, 'boot', `vmlinuz-${release}`);
  // RPMs keep it with the modules.
  return { release: release!, modules, vmlinuz: existsSync(inBoot) ? inBoot : join(modules, 'vmlinuz') };
}
