import type { Entry } from '../catalog/catalog.ts';
import { VolumeError } from '../errors.ts';
import { BLOCK_BYTES } from '../geometry.ts';
import { hashContent } from '../image/content.ts';
import type { Layer } from '../layer/layer.ts';
import { ABSENT, DATA, PAGE_BLOCKS } from '../map/map-page.ts';
import type { StoreCore } from './core.ts';

export interface CheckOptions {
  /** Also reads all data of sealed layers and compares it with their checksums. */
  readonly data?: boolean;
  /** Puts right what can be put right without guessing. */
  readonly repair?: boolean;
}

export interface Problem {
  /** The image, snapshot or volume whose own layer is damaged. */
  readonly name: string;
  readonly what: string;
  /** Everything that stands on it, at whatever distance, and so shares the damage. */
  readonly alsoAffects: readonly string[];
  /** It was put right. */
  readonly repaired: boolean;
}

export interface CheckResult {
  readonly layers: number;
  /** Blocks that the maps say are in a data file. */
  readonly dataBlocks: number;
  readonly problems: readonly Problem[];
}

type Report = (what: string, repaired?: boolean) => void;

const READ_BLOCKS = 256;

/**
 * Looks at every layer: are its files there and long enough, does every map page hold its checksum, does every entry
 * lie within the layer, are the checksums of its data readable. What it can repair are checksums: lost or damaged ones
 * are computed anew, and where the hash of the whole content is known, held against that. A damaged map or a lost file
 * is only told: what was there is known to nobody.
 */
export async function checkLayers(core: StoreCore, options: CheckOptions = {}): Promise<CheckResult> {
  const { catalog, table } = core;
  const problems: Problem[] = [];
  let layers = 0;
  let dataBlocks = 0;
  for (const entry of [...catalog.entries(), ...catalog.deleted()]) {
    const { name, layerId } = entry;
    layers += 1;
    const report: Report = (what, repaired = false) =>
      problems.push({ name, what, alsoAffects: descendants(core, layerId), repaired });
    try {
      const chain = await table.acquire([catalog.layer(layerId)]);
      try {
        dataBlocks += await checkMap(chain[0]!, options.data === true, report);
        if (chain[0]!.sealed) await checkSums(core, entry, chain[0]!, options.repair === true, report);
      } finally {
        await table.release(chain);
      }
    } catch (error) {
      report(told(error));
    }
  }
  return { layers, dataBlocks, problems };
}

/** Reads the whole map of a layer; resolves with the number of its data blocks. */
async function checkMap(layer: Layer, withData: boolean, report: Report): Promise<number> {
  const blocks = layer.sizeBytes / BLOCK_BYTES;
  let dataBlocks = 0;
  for (let page = 0; page < layer.map.pagesInFile; page += 1) {
    const start = page * PAGE_BLOCKS;
    try {
      while (!layer.map.isLoaded(start)) await layer.map.load(start);
    } catch (error) {
      report(told(error));
      continue;
    }
    for (let block = start; block < start + PAGE_BLOCKS; ) {
      const { state, count } = layer.map.run(block, start + PAGE_BLOCKS - block);
      if (state === DATA) dataBlocks += count;
      if (state !== ABSENT && block + count > blocks) {
        report(
          `the block map of layer ${layer.id} has block ${block + count - 1}, but the layer ends at ${blocks}`,
        );
      }
      if (state === DATA && withData) await checkData(layer, block, count, report);
      block += count;
    }
  }
  return dataBlocks;
}

async function checkData(layer: Layer, first: number, count: number, report: Report): Promise<void> {
  for (let block = first; block < first + count; block += READ_BLOCKS) {
    const bytes = new Uint8Array(Math.min(READ_BLOCKS, first + count - block) * BLOCK_BYTES);
    try {
      await layer.readRaw(block * BLOCK_BYTES, bytes);
      if (layer.sealed) await layer.checksums?.verify(block, bytes);
    } catch (error) {
      report(told(error));
    }
  }
}

async function checkSums(
  core: StoreCore,
  { name, layerId }: Entry,
  layer: Layer,
  repair: boolean,
  report: Report,
): Promise<void> {
  const { catalog, table } = core;
  const row = catalog.layer(layerId);
  if (!row.summed) return; // not yet
  let what: string | undefined;
  if (!layer.checksums) what = `the checksums of layer ${layerId} are missing`;
  else await layer.checksums.check(layer.map).catch((error) => (what = told(error)));
  if (what === undefined) return;
  if (!repair) return report(what);
  await table.sumNew(layer);
  report(`${what}; they were computed anew`, true);
  if (row.sha256 === null) return;
  const chain = await table.acquire(catalog.chainOf(layerId));
  try {
    if ((await hashContent(chain, `checking ${name}`, {})) !== row.sha256) {
      report(`the content of ${name} is not what it was when its hash was recorded`);
    }
  } finally {
    await table.release(chain);
  }
}

function told(error: unknown): string {
  if (!(error instanceof VolumeError)) throw error;
  return error.message;
}

function descendants(core: StoreCore, layerId: string): string[] {
  const { catalog } = core;
  return catalog
    .usersOf(layerId)
    .flatMap((name) => [name, ...descendants(core, catalog.entry(name)!.layerId)]);
}
