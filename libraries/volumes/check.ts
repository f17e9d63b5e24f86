import type { Catalog } from './catalog.ts';
import { VolumeError } from './errors.ts';
import { BLOCK_BYTES } from './geometry.ts';
import type { Layer } from './layer.ts';
import type { LayerTable } from './layer-table.ts';
import { ABSENT, DATA, PAGE_BLOCKS } from './map-page.ts';

export interface Problem {
  /** The image, snapshot or volume whose own layer is damaged. */
  readonly name: string;
  readonly what: string;
  /** Everything that stands on it, at whatever distance, and so shares the damage. */
  readonly alsoAffects: readonly string[];
}

export interface CheckResult {
  readonly layers: number;
  /** Blocks that the maps say are in a data file. */
  readonly dataBlocks: number;
  readonly problems: readonly Problem[];
}

/**
 * Looks at every layer: are its files there and long enough, does every map page hold its checksum, does every entry
 * lie within the layer. It does not read the data; `verify` does. It changes nothing.
 */
export async function checkLayers(catalog: Catalog, table: LayerTable): Promise<CheckResult> {
  const problems: Problem[] = [];
  let layers = 0;
  let dataBlocks = 0;
  for (const { name, layerId } of catalog.entries()) {
    layers += 1;
    const report = (what: string) =>
      problems.push({ name, what, alsoAffects: descendants(catalog, layerId) });
    try {
      const chain = await table.acquire([catalog.layer(layerId)]);
      try {
        dataBlocks += await checkMap(chain[0]!, report);
      } finally {
        await table.release(chain);
      }
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      report(error.message);
    }
  }
  return { layers, dataBlocks, problems };
}

/** Reads the whole map of a layer; resolves with the number of its data blocks. */
async function checkMap(layer: Layer, report: (what: string) => void): Promise<number> {
  const blocks = layer.sizeBytes / BLOCK_BYTES;
  let dataBlocks = 0;
  for (let page = 0; page < layer.map.pagesInFile; page += 1) {
    const start = page * PAGE_BLOCKS;
    try {
      while (!layer.map.isLoaded(start)) await layer.map.load(start);
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      report(error.message);
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
      block += count;
    }
  }
  return dataBlocks;
}

function descendants(catalog: Catalog, layerId: string): string[] {
  return catalog
    .usersOf(layerId)
    .flatMap((name) => [name, ...descendants(catalog, catalog.entry(name)!.layerId)]);
}
