import { BLOCK_BYTES } from '../geometry.ts';
import { DATA, ZERO } from '../map/map-page.ts';
import { zeroBlocks } from '../map/zeros.ts';
import { type Chain, forEachRun, readThrough } from './chain.ts';
import type { Extent } from './discarded.ts';

/** Bytes for the top layer's data file; the blocks they lie in are whole, or this layer's already. */
export interface Piece {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/**
 * What a write puts into the top layer: a block that it covers in part, and that is not there yet, is made whole with
 * what lies below; blocks of zeros that are not there need not be. The caller holds all blocks of the write.
 */
export async function piecesOf(chain: Chain, offsetBytes: number, data: Uint8Array): Promise<Piece[]> {
  const end = offsetBytes + data.length;
  const first = Math.floor(offsetBytes / BLOCK_BYTES);
  const last = Math.floor((end - 1) / BLOCK_BYTES);
  const bytesOf = (from: number, to: number) => data.subarray(from - offsetBytes, to - offsetBytes);
  const pieces: Piece[] = [];
  let from = offsetBytes;
  let to = end;
  if (from % BLOCK_BYTES !== 0 && !(await isOwn(chain, first))) {
    const stop = Math.min(end, (first + 1) * BLOCK_BYTES);
    pieces.push(await merged(chain, first, from, bytesOf(from, stop)));
    from = stop;
  }
  if (to > from && to % BLOCK_BYTES !== 0 && !(await isOwn(chain, last))) {
    const start = Math.max(from, last * BLOCK_BYTES);
    pieces.push(await merged(chain, last, start, bytesOf(start, end)));
    to = start;
  }
  for (const zeros of zeroBlocks(from, bytesOf(from, to))) {
    for (const { first: block, count } of await leftOut(chain, zeros)) {
      const start = block * BLOCK_BYTES;
      if (start > from) pieces.push({ position: from, bytes: bytesOf(from, start) });
      from = start + count * BLOCK_BYTES;
    }
  }
  if (to > from) pieces.push({ position: from, bytes: bytesOf(from, to) });
  return pieces;
}

async function isOwn([top]: Chain, block: number): Promise<boolean> {
  const { map } = top!;
  while (!map.isLoaded(block)) await map.load(block);
  return map.run(block, 1).state === DATA;
}

/** The whole of `block` as it is now, with `data` put in at `position`. */
async function merged(chain: Chain, block: number, position: number, data: Uint8Array): Promise<Piece> {
  const bytes = new Uint8Array(BLOCK_BYTES);
  await readThrough(chain, block * BLOCK_BYTES, bytes);
  bytes.set(data, position - block * BLOCK_BYTES);
  return { position: block * BLOCK_BYTES, bytes };
}

/**
 * Which of these blocks of zeros need not be written, since the top layer does not have them: nothing below shows zeros
 * already; over something below they are marked.
 */
async function leftOut(chain: Chain, { first, count }: Extent): Promise<Extent[]> {
  const top = chain[0]!;
  const left: Extent[] = [];
  await forEachRun(chain, first, count, async (block, length, layer) => {
    if (layer === top) return;
    if (layer) await top.mark(block, length, ZERO);
    left.push({ first: block, count: length });
  });
  return left;
}
