/** A file that holds a disk, whatever its format, and what is kept beside it. */
import type { Disk } from '../scsi/disk.ts';
import { FileDisk } from './file-disk.ts';
import { FileReservations } from './file-reservations.ts';
import { isQcow2, openQcow2 } from './nbd/qemu-disk.ts';

export type DiskFile = {
  disk: Disk;
  close(): Promise<void>;
  reservations: FileReservations | undefined;
  /** What to tell initiators unless they are to hear something else. */
  physicalBlock: 512 | undefined;
};

/** A raw file, or a qcow2 image, which qemu-nbd then reads and writes. */
export async function openDiskFile(file: string, readOnly: boolean): Promise<DiskFile> {
  const found = (await isQcow2(file)) ? await openQcow2(file, { readOnly }) : await openRaw(file, readOnly);
  try {
    // Beside the disk: a reservation belongs to it. A disk that nobody writes to needs none.
    const reservations = readOnly ? undefined : await FileReservations.open(`${file}.reservations.json`);
    return { physicalBlock: undefined, ...found, reservations };
  } catch (error) {
    await found.close();
    throw error;
  }
}

async function openRaw(file: string, readOnly: boolean) {
  const disk = await FileDisk.open(file, { readOnly });
  // The page cache takes any sector; that pages are better is said by the granularity (page B0).
  return { disk, close: () => disk.close(), physicalBlock: 512 as const };
}
