import type { TurnBudget } from '../cache/turn-budget.ts';
import type { Allocation } from '../disk.ts';
import { BLOCK_BYTES } from '../geometry.ts';
import type { Layer } from '../layer/layer.ts';
import type { ReadTally } from '../layer/sealed-reads.ts';
import { ABSENT, ZERO } from '../map/map-page.ts';

/** Layers of one volume, the newest first. */
export type Chain = readonly Layer[];

/** Neighbouring blocks that one read serves. */
interface Run {
  /** Undefined: zeros. */
  layer: Layer | undefined;
  count: number;
  /** True when `layer` is one whose map page must be loaded before more can be said. */
  unloaded: boolean;
}

/** Where `block` is, and how many from it on (at most `max`) are in the same place. */
function resolve(chain: Chain, from: number, block: number, max: number): Run {
  let count = max;
  for (let depth = from; depth < chain.length; depth += 1) {
    const layer = chain[depth]!;
    const blocks = layer.sizeBytes / BLOCK_BYTES;
    // A volume may be larger than what it was cloned from; the layer below has nothing there.
    if (block >= blocks) continue;
    if (!layer.map.isLoaded(block)) return { layer, count: 0, unloaded: true };
    const run = layer.map.run(block, Math.min(count, blocks - block));
    count = run.count;
    if (run.state === ZERO) return { layer: undefined, count, unloaded: false };
    if (run.state !== ABSENT) return { layer, count, unloaded: false };
  }
  return { layer: undefined, count, unloaded: false };
}

/**
 * Reads through the chain; one read of a file per run of blocks in the same layer. When it rejects, `into` is no
 * longer being written to.
 */
export async function readThrough(
  chain: Chain,
  offsetBytes: number,
  into: Uint8Array,
  tally?: ReadTally,
): Promise<void> {
  const reads: Promise<void>[] = [];
  const end = offsetBytes + into.length;
  // The run being gathered; it crosses the borders of map pages.
  let layer: Layer | undefined;
  let start = offsetBytes;
  let position = offsetBytes;
  const issue = () => {
    if (position === start) return;
    const part = into.subarray(start - offsetBytes, position - offsetBytes);
    if (layer) reads.push(layer.read(start, part, tally));
    else part.fill(0);
    start = position;
  };
  try {
    const endBlock = Math.ceil(end / BLOCK_BYTES);
    while (position < end) {
      const block = Math.floor(position / BLOCK_BYTES);
      const run = resolve(chain, 0, block, endBlock - block);
      if (run.unloaded) {
        await run.layer!.map.load(block);
        continue;
      }
      if (run.layer !== layer) issue();
      layer = run.layer;
      position = Math.min(end, (block + run.count) * BLOCK_BYTES);
    }
    issue();
    if (reads.length === 1) await reads[0];
    else if (reads.length > 1) await Promise.all(reads);
  } catch (error) {
    await Promise.allSettled(reads);
    throw error;
  }
}

/** Above this a read through the thread pool, which copies on another core, is faster than one at once. */
const NOW_BYTES = 32 * 1024;

/** The same at once, when all of it is in memory by what we know; false (`into` partly filled) when it is not. */
export function readThroughNow(
  chain: Chain,
  offsetBytes: number,
  into: Uint8Array,
  budget: TurnBudget,
  tally?: ReadTally,
): boolean {
  if (into.length > NOW_BYTES || !budget.take(into.length)) return false;
  const end = offsetBytes + into.length;
  const endBlock = Math.ceil(end / BLOCK_BYTES);
  for (let position = offsetBytes; position < end; ) {
    const block = Math.floor(position / BLOCK_BYTES);
    const run = resolve(chain, 0, block, endBlock - block);
    if (run.unloaded) return false;
    const stop = Math.min(end, (block + run.count) * BLOCK_BYTES);
    const part =
      stop - position === into.length ? into : into.subarray(position - offsetBytes, stop - offsetBytes);
    if (!run.layer) part.fill(0);
    else if (!run.layer.readNow(position, part, tally)) return false;
    position = stop;
  }
  return true;
}

/** Which layer has `block`, undefined for zeros, and how many blocks from it on, at most `max`, lie in the same one. */
export async function locate(
  chain: Chain,
  block: number,
  max: number,
): Promise<{ layer: Layer | undefined; count: number }> {
  for (;;) {
    const run = resolve(chain, 0, block, max);
    if (!run.unloaded) return run;
    await run.layer!.map.load(block);
  }
}

/** Whether the chain has something at `offsetBytes`, and for how many bytes on that holds; these lie in one layer. */
export async function allocatedIn(
  chain: Chain,
  offsetBytes: number,
  lengthBytes: number,
): Promise<Allocation> {
  const block = Math.floor(offsetBytes / BLOCK_BYTES);
  const end = offsetBytes + lengthBytes;
  const { layer, count } = await locate(chain, block, Math.ceil(end / BLOCK_BYTES) - block);
  const stop = Math.min(end, (block + count) * BLOCK_BYTES);
  return { allocated: layer !== undefined, lengthBytes: stop - offsetBytes };
}

/**
 * Tells `visit` of the runs of blocks in a range that hold something (data or zeros on purpose is for the caller
 * to tell apart by `layer`), from layer number `from` of the chain downwards.
 */
export async function forEachRun(
  chain: Chain,
  firstBlock: number,
  count: number,
  visit: (block: number, count: number, layer: Layer | undefined) => Promise<void> | void,
  from = 0,
): Promise<void> {
  const end = firstBlock + count;
  for (let block = firstBlock; block < end; ) {
    const run = resolve(chain, from, block, end - block);
    if (run.unloaded) {
      await run.layer!.map.load(block);
      continue;
    }
    await visit(block, run.count, run.layer);
    block += run.count;
  }
}
