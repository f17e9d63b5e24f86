/** A file that holds a disk, whatever its format, and what is kept beside it. */
import type { Disk } from '../scsi/disk.ts';
import { FileDisk } from './file-disk.ts';
import { FileReservations } from './file-reservations.ts';
import { isQcow2, openQcow2 } from './nbd/qemu-disk.ts';

export type DiskFile = {
  disk: Disk;
  close(): Promise<void>;
  reservations: FileReservations | undefined;
};

/** A raw file, or a qcow2 image, which qemu-nbd then reads and writes. */
export async function openDiskFile(file: string, readOnly: boolean): Promise<DiskFile> {
  if (await isQcow2(file)) return { ...(await openQcow2(file, { readOnly })), reservations: undefined };
  const disk = await FileDisk.open(file, { readOnly });
  const close = () => disk.close();
  // A disk that nobody writes to needs none.
  if (readOnly) return { disk, close, reservations: undefined };
  try {
    // Beside the disk: a reservation belongs to it.
    return { disk, close, reservations: await FileReservations.open(`${file}.reservations.json`) };
  } catch (error) {
    await disk.close();
    throw error;
  }
}
