/** Whether an image can boot over iSCSI by itself, by a look at its disk: nothing is mounted, and nothing of it runs. */
import { type BootReport, checkDisk } from '@bullion/bootable';
import type { Principal } from '@bullion/service';
import type { Context } from './context.ts';
import { requireSealedImage } from './images.ts';
import { Slots } from './scripts/slots.ts';
import { explained } from './storage-errors.ts';

/** One at a time, since an initramfs is held in memory. By the image's id: who asks meanwhile is given the same answer. */
const turns = new Slots(1);
const looking = new Map<string, Promise<BootReport>>();

export async function checkImageDisk(
  context: Context,
  principal: Principal,
  name: string,
): Promise<BootReport> {
  const row = await requireSealedImage(context.db, principal, name);
  const running = looking.get(row.id);
  if (running) return await running;
  const tried = `Looking into the image "${name}"`;
  const report = turns.use(context.closing, () => look(context, row.id, row.size_bytes, tried));
  looking.set(row.id, report);
  try {
    return await report;
  } finally {
    looking.delete(row.id);
  }
}

async function look(context: Context, id: string, sizeBytes: number, tried: string): Promise<BootReport> {
  const disk = await context.layers.open(id, tried);
  try {
    return await explained(tried, () =>
      checkDisk({
        sizeBytes,
        async read(offset, length) {
          // The disk is read in whole sectors, and no further than it goes.
          const start = offset - (offset % SECTOR);
          const end = Math.min(Math.ceil((offset + length) / SECTOR) * SECTOR, sizeBytes);
          if (end <= start) return Buffer.alloc(0);
          const bytes = Buffer.alloc(end - start);
          await disk.read(start, bytes);
          return bytes.subarray(offset - start, offset - start + length);
        },
      }),
    );
  } finally {
    await disk.close();
  }
}

const SECTOR = 512;
