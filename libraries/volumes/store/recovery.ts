import { join } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import type { Journal } from '../journal/journal.ts';
import { layerOfFile } from '../layer/layer-files.ts';
import type { LayerTable } from '../layer/layer-table.ts';
import type { FileLayer } from '../system/file-layer.ts';

export async function holdsLayers(files: FileLayer, folder: string): Promise<boolean> {
  return (await files.list(folder)).some((name) => layerOfFile(name) !== undefined);
}

/**
 * Removes layer files that the catalog does not name: files are made before the catalog names them and removed
 * after it has forgotten them, so a crash in between leaves only such files. Other files are left alone.
 */
export async function removeOrphans(files: FileLayer, folder: string, catalog: Catalog): Promise<void> {
  const known = new Set(catalog.layers().map((layer) => layer.id));
  for (const name of await files.list(folder)) {
    const id = layerOfFile(name);
    if (id !== undefined && !known.has(id)) await files.remove(join(folder, name));
  }
}

/** Puts into the layers' own files what the journal has of them. */
export async function replayJournal(journal: Journal, catalog: Catalog, table: LayerTable): Promise<void> {
  for (const layerId of await journal.open()) {
    const row = catalog.findLayer(layerId);
    if (!row) {
      journal.forget(layerId);
      continue;
    }
    try {
      await table.release(await table.acquire([row]));
    } catch {
      // Damage, or a full disk: it keeps its part of the journal, and tells whoever opens it.
    }
  }
}
