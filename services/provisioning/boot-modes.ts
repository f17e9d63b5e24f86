/**
 * What the boot modes need. In `copy` and `ram` the image's own initramfs takes the whole disk over the network and puts it onto
 * the local disk or into memory; its operating system then runs from there, and the volume is never written to.
 */
import { BullionError } from '@bullion/service';
import type { BootRequest } from './boot-request.ts';
import type { Trx } from './context.ts';
import type { Layers } from './layers.ts';

/** Refuses what the image cannot do. Whether the node has the disk or the memory only the node itself knows. */
export async function requireMode(
  trx: Trx,
  layers: Layers,
  image: string,
  { mode = 'diskless', inspection }: Pick<BootRequest, 'mode' | 'inspection'>,
): Promise<void> {
  if (mode === 'diskless') return;
  if (inspection !== undefined) {
    throw new BullionError('invalid', 'mode_of_inspection', `A node that is only looked at takes no copy.`, {
      hint: 'Leave the mode out.',
    });
  }
  layers.requireReadable(`A boot in mode "${mode}"`);
  const { cmdline } = await trx
    .selectFrom('images')
    .select('cmdline')
    .where('name', '=', image)
    .executeTakeFirstOrThrow();
  if (cmdline !== null) return;
  throw new BullionError(
    'conflict',
    'mode_needs_kernel',
    `The image "${image}" has no kernel and initramfs beside its disk, so it cannot be booted in mode "${mode}".`,
    { hint: 'Boot it diskless, or import it with its kernel and initramfs.' },
  );
}
