/** What the builder needs of the machine that it runs on. */
import { BullionError } from '@bullion/service/errors';
import { isPresent } from '@bullion/service/presence';
import { families } from './families/index.ts';
import type { Distribution } from './recipe.ts';

export type Requirement = {
  /** The Debian package. */
  package: string;
  /** A command, or the absolute path of a file, by which its presence is known. */
  provides: string;
  why: string;
};

/** For an image of any family. */
const TOOLS: readonly Requirement[] = [
  { package: 'kmod', provides: 'depmod', why: 'lists what each kernel module depends on' },
  { package: 'zstd', provides: 'zstd', why: 'compresses the initramfs' },
  { package: 'lz4', provides: 'lz4', why: 'compresses the initramfs, where a recipe chooses it' },
  { package: 'binutils', provides: 'objcopy', why: 'puts kernel and initramfs into one UEFI program' },
  { package: 'e2fsprogs', provides: 'mke2fs', why: 'makes the root file system' },
  { package: 'dosfstools', provides: 'mkfs.vfat', why: 'makes the boot partition' },
  { package: 'mtools', provides: 'mcopy', why: 'fills the boot partition' },
  { package: 'syslinux', provides: 'syslinux', why: 'starts the kernel from the disk by BIOS' },
  {
    package: 'syslinux-common',
    provides: '/usr/lib/syslinux/mbr/gptmbr.bin',
    why: 'the boot sector for BIOS on a GPT disk',
  },
  { package: 'fdisk', provides: 'sfdisk', why: 'writes the partition table' },
];

export const requirementsOf = (family: Distribution['family']): readonly Requirement[] => [
  ...families[family].requirements,
  ...TOOLS,
];

/** For the images that come along. */
export const requirements = requirementsOf('debian');

/** What of `needed` this machine lacks, in the same order. */
export function missingPackages(needed: readonly Requirement[] = requirements): Requirement[] {
  return needed.filter(({ provides }) => !isPresent(provides));
}

/** Throws `image_builder_incomplete` when packages are missing, `image_builder_needs_root` when not root. */
export function assertCanBuild(needed: readonly Requirement[] = requirements): void {
  const missing = missingPackages(needed);
  if (missing.length > 0) {
    const names = missing.map((each) => each.package).join(' ');
    throw new BullionError(
      'unavailable',
      'image_builder_incomplete',
      `Building an image needs Debian packages that this machine lacks: ${names}.`,
      { hint: `Install them: apt-get install ${names}`, details: { missing } },
    );
  }
  if (process.geteuid?.() !== 0) {
    throw new BullionError(
      'forbidden',
      'image_builder_needs_root',
      'Building an image needs root: its files belong to many users, and packages are set up in a chroot.',
      { hint: 'Run the command as root once (`sudo`); images already in the cache are used without root.' },
    );
  }
}
