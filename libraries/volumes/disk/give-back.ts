import type { Layer } from '../layer/layer.ts';
import { ZERO } from '../map/map-page.ts';
import type { Extent } from './discarded.ts';
import type { RangeLock } from './range-lock.ts';

/**
 * Gives the space of discarded blocks back to the file system after the flush that made the discard durable. Those
 * that were written since are left out. What fails here costs space, not data; the layer's deletion frees it at the
 * latest. `isCurrent`: the layer is still the one that is written.
 */
export async function giveBack(
  layer: Layer,
  discarded: readonly Extent[],
  lock: RangeLock,
  isCurrent: () => boolean,
): Promise<void> {
  const least = layer.minHoleBlocks;
  if (least === undefined) return;
  for (const { first, count } of discarded) {
    if (count < least) continue;
    const hold = await lock.acquire(first, first + count - 1);
    try {
      if (!isCurrent()) return;
      for (let block = first; block < first + count; ) {
        while (!layer.map.isLoaded(block)) await layer.map.load(block);
        const run = layer.map.run(block, first + count - block);
        if (run.state === ZERO && run.count >= least) await layer.punch(block, run.count);
        block += run.count;
      }
    } finally {
      lock.release(hold);
    }
  }
}
