/** The disk: a GPT with the boot partition and the root, so that it boots as an iSCSI disk and as a local one. */
import { createHash } from 'node:crypto';
import { open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import type { Recipe } from './recipe.ts';
import { tool } from './tool.ts';

/** In bytes. */
export type Partition = { offset: number; size: number };

const MIB = 2 ** 20;
/** The partition table counts in these: the disk must be served with 512-byte logical blocks. */
export const SECTOR = 512;
const MASTER_BOOT_CODE = '/usr/lib/syslinux/mbr/gptmbr.bin';

/** The boot partition, then the root up to the last whole MiB before the table's copy. */
export function layOut({ sizeBytes, bootBytes }: Recipe['disk']): { boot: Partition; root: Partition } {
  const boot = { offset: MIB, size: bootBytes };
  const offset = boot.offset + boot.size;
  return { boot, root: { offset, size: sizeBytes - MIB - offset } };
}

/** Makes the empty disk with its partition table and the BIOS's first sector. */
export async function makeDisk(recipe: Recipe, target: string, signal?: AbortSignal): Promise<void> {
  const { boot, root } = layOut(recipe.disk);
  await rm(target, { force: true });
  await writeFile(target, '');
  await truncate(target, recipe.disk.sizeBytes);
  const { rootUuid } = recipe.disk;
  const table = [
    'label: gpt',
    `label-id: ${derivedUuid(rootUuid, 'disk')}`,
    'first-lba: 2048',
    partition(boot, 'uefi', derivedUuid(rootUuid, 'boot'), 'bullion-boot', ', attrs=LegacyBIOSBootable'),
    partition(root, 'linux', derivedUuid(rootUuid, 'root'), 'bullion-root'),
  ];
  await tool('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', target], {
    input: `${table.join('\n')}\n`,
    signal,
  });
  const disk = await open(target, 'r+');
  try {
    await disk.write(await readFile(MASTER_BOOT_CODE), 0, 440, 0);
  } finally {
    await disk.close();
  }
}

const partition = ({ offset, size }: Partition, type: string, uuid: string, name: string, more = '') =>
  `start=${offset / SECTOR}, size=${size / SECTOR}, type=${type}, uuid=${uuid}, name=${name}${more}`;

/** Copies the file `source` to `offset` of `disk`; what is zero there stays a hole. */
export async function writeAt(disk: string, offset: number, source: string): Promise<void> {
  const from = await open(source, 'r');
  const to = await open(disk, 'r+');
  try {
    const chunk = Buffer.alloc(64 * 1024);
    const zeros = Buffer.alloc(chunk.length);
    for (let at = 0; ; ) {
      const { bytesRead } = await from.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) return;
      if (chunk.compare(zeros, 0, bytesRead, 0, bytesRead) !== 0)
        await to.write(chunk, 0, bytesRead, offset + at);
      at += bytesRead;
    }
  } finally {
    await from.close();
    await to.close();
  }
}

/** A UUID that a name and the root's UUID give (RFC 9562, version 8). */
function derivedUuid(rootUuid: string, name: string): string {
  const hex = createHash('sha256').update(`${rootUuid}/${name}`).digest('hex');
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
