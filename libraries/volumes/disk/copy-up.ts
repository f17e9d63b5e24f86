import { BLOCK_BYTES } from '../geometry.ts';
import { DATA } from '../map/map-page.ts';
import { isZero } from '../map/zeros.ts';
import { type Chain, locate } from './chain.ts';
import type { RangeLock } from './range-lock.ts';

/** How many blocks were copied, and where to go on. */
export interface CopyStep {
  readonly copied: number;
  readonly next: number;
}

/**
 * Copies the first blocks from `block` on that lie below into the top layer, at most `max` of them. `next` is the end
 * of the volume when there is nothing more. Zeros need not be copied: without a parent they are what is absent.
 */
export async function copyUp(
  chain: () => Chain,
  lock: RangeLock,
  block: number,
  max: number,
): Promise<CopyStep> {
  const end = chain()[0]!.sizeBytes / BLOCK_BYTES;
  let next = block;
  while (next < end) {
    const { layer, count } = await locate(chain(), next, end - next);
    if (layer && layer !== chain()[0]) return copyRun(chain, lock, next, Math.min(count, max));
    next += count;
  }
  return { copied: 0, next };
}

async function copyRun(chain: () => Chain, lock: RangeLock, first: number, max: number): Promise<CopyStep> {
  const hold = await lock.acquire(first, first + max - 1);
  try {
    const top = chain()[0]!;
    // Others may have written here since; what is still below from `first` on is copied.
    const { layer, count } = await locate(chain(), first, max);
    const next = first + count;
    if (!layer || layer === top) return { copied: 0, next };
    const bytes = new Uint8Array(count * BLOCK_BYTES);
    await layer.read(first * BLOCK_BYTES, bytes);
    if (!isZero(bytes)) {
      await top.write(first * BLOCK_BYTES, bytes);
      await top.mark(first, count, DATA);
    }
    return { copied: count, next };
  } finally {
    lock.release(hold);
  }
}
