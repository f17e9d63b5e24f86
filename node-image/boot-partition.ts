/**
 * The boot partition: FAT, with the kernel for both kinds of firmware. UEFI finds one program at the path for removable
 * disks: systemd's stub with kernel, initramfs and command line inside (a unified kernel image, so that a TPM can
 * measure all of it). BIOS finds syslinux, which loads the same kernel and initramfs as files.
 */
import { copyFile, mkdir, open, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tool } from './tool.ts';

export type BootPartitionOptions = {
  /** systemd's stub. */
  stub: string;
  kernel: string;
  initrd: string;
  cmdline: string;
  release: string;
  epoch: number;
  sizeBytes: number;
  /** Where the partition starts on the disk; syslinux's boot sector is told. */
  firstSector: number;
  /** A folder for intermediate files. */
  work: string;
  target: string;
  signal?: AbortSignal | undefined;
};

/** Two of the same number on one machine are no trouble: nothing looks for it. */
const VOLUME_ID = 'b0111041';

export async function makeBootPartition(options: BootPartitionOptions): Promise<void> {
  const { kernel, initrd, cmdline, epoch, work, target, signal } = options;
  const tree = join(work, 'boot');
  await mkdir(join(tree, 'EFI/BOOT'), { recursive: true });
  await mkdir(join(tree, 'syslinux'));
  await copyFile(kernel, join(tree, 'vmlinuz'));
  await copyFile(initrd, join(tree, 'initrd'));
  await writeFile(
    join(tree, 'syslinux/syslinux.cfg'),
    `PROMPT 0\nDEFAULT bullion\nLABEL bullion\n  LINUX /vmlinuz\n  INITRD /initrd\n  APPEND ${cmdline}\n`,
  );
  await makeUnifiedKernel(options, join(tree, 'EFI/BOOT/BOOTX64.EFI'));

  await rm(target, { force: true });
  await writeFile(target, '');
  await truncate(target, options.sizeBytes);
  const env = { SOURCE_DATE_EPOCH: String(epoch), MTOOLS_SKIP_CHECK: '1' };
  const format = ['-F', '32', '-s', '1', '-n', 'BULLION', '-i', VOLUME_ID, '-h', String(options.firstSector)];
  await tool('mkfs.vfat', ['--invariant', ...format, target], { env, signal });
  for (const path of [
    'syslinux/syslinux.cfg',
    'syslinux',
    'EFI/BOOT/BOOTX64.EFI',
    'EFI/BOOT',
    'EFI',
    'vmlinuz',
    'initrd',
  ]) {
    await utimes(join(tree, path), epoch, epoch);
  }
  const sources = ['vmlinuz', 'initrd', 'EFI', 'syslinux'].map((name) => join(tree, name));
  await tool('mcopy', ['-i', target, '-s', '-m', ...sources, '::/'], { env, signal });
  await tool('syslinux', ['--install', '--directory', 'syslinux', target], { env, signal });
  await rm(tree, { recursive: true });
}

/** Sections behind the stub's own, each on an address of its own, in the order in which they are measured. */
async function makeUnifiedKernel(options: BootPartitionOptions, target: string): Promise<void> {
  const { stub, kernel, initrd, cmdline, release, epoch, work, signal } = options;
  const texts = { osrel: `ID=bullion\nNAME=Bullion\nPRETTY_NAME="Bullion"\n`, cmdline, uname: release };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(work, name), text);
  const sections = [
    ['.osrel', join(work, 'osrel')],
    ['.cmdline', join(work, 'cmdline')],
    ['.uname', join(work, 'uname')],
    ['.linux', kernel],
    ['.initrd', initrd],
  ] as const;
  let address = await endOfImage(stub, signal);
  const args: string[] = [];
  for (const [section, file] of sections) {
    args.push('--add-section', `${section}=${file}`, '--change-section-vma', `${section}=${address}`);
    address = alignUp(address + (await stat(file)).size);
  }
  await tool('objcopy', [...args, stub, target], { signal });
  await setTimestamp(target, epoch);
}

/** objcopy stores the time of the build, and a checksum over it that UEFI does not read (PE format, COFF header). */
async function setTimestamp(program: string, epoch: number): Promise<void> {
  const file = await open(program, 'r+');
  try {
    const word = Buffer.alloc(4);
    await file.read(word, 0, 4, 0x3c);
    const header = word.readUInt32LE();
    word.writeUInt32LE(epoch);
    await file.write(word, 0, 4, header + 8);
    await file.write(Buffer.alloc(4), 0, 4, header + 88);
  } finally {
    await file.close();
  }
}

/** The first free page behind the sections of a UEFI program. */
async function endOfImage(program: string, signal?: AbortSignal): Promise<number> {
  const headers = await tool('objdump', ['-h', program], { signal });
  const ends = [...headers.matchAll(/^\s*\d+ \S+\s+([0-9a-f]+)\s+([0-9a-f]+)\s/gm)].map(
    ([, size, address]) => Number.parseInt(size!, 16) + Number.parseInt(address!, 16),
  );
  return alignUp(Math.max(...ends));
}

const alignUp = (address: number) => Math.ceil(address / 4096) * 4096;
