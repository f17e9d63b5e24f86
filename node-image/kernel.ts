/** The kernel: its package unpacked, not installed, since nothing in the image may make an initramfs of its own. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Apt, PackageVersion } from './apt.ts';
import { tool } from './tool.ts';

export type KernelFiles = {
  /** What `uname -r` says. */
  release: string;
  vmlinuz: string;
  /** The folder of the modules of this release, with depmod's indexes. */
  modules: string;
};

/** The UEFI program that starts a kernel which is joined to it. */
export const UEFI_STUB = { package: 'systemd-boot-efi', path: 'usr/lib/systemd/boot/efi/linuxx64.efi.stub' };

/** Fills `folder` with the files of one package. */
export async function unpackPackage(
  apt: Apt,
  wanted: PackageVersion,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const download = join(folder, 'download');
  const deb = await apt.download(wanted, download);
  await tool('dpkg-deb', ['--extract', deb, folder], { timeoutMs: 120_000, signal });
  await rm(download, { recursive: true });
}

/** Fills `folder` with the kernel of one package, and depmod's indexes. */
export async function unpackKernel(
  apt: Apt,
  kernel: PackageVersion,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  await unpackPackage(apt, kernel, folder, signal);
  const { release } = await kernelFiles(folder);
  await tool('depmod', ['-b', folder, release], { signal });
}

/** Where things are in a folder that `unpackKernel` filled. */
export async function kernelFiles(folder: string): Promise<KernelFiles> {
  const [release] = await readdir(join(folder, 'lib/modules'));
  return {
    release: release!,
    vmlinuz: join(folder, 'boot', `vmlinuz-${release}`),
    modules: join(folder, 'lib/modules', release!),
  };
}
