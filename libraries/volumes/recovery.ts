import { join } from 'node:path';
import type { Catalog } from './catalog.ts';
import type { FileLayer } from './files.ts';

const LAYER_FILE = /^([0-9a-f]{16})\.(?:data|map)$/;

export async function holdsLayers(files: FileLayer, folder: string): Promise<boolean> {
  return (await files.list(folder)).some((name) => LAYER_FILE.test(name));
}

/**
 * Removes layer files that the catalog does not name: files are made before the catalog names them and removed
 * after it has forgotten them, so a crash in between leaves only such files. Other files are left alone.
 */
export async function removeOrphans(files: FileLayer, folder: string, catalog: Catalog): Promise<void> {
  const known = new Set(catalog.layers().map((layer) => layer.id));
  for (const name of await files.list(folder)) {
    const id = LAYER_FILE.exec(name)?.[1];
    if (id !== undefined && !known.has(id)) await files.remove(join(folder, name));
  }
}
