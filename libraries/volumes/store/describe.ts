import type { Catalog, Entry } from '../catalog/catalog.ts';
import { fromSystem } from '../errors.ts';
import type { VolumeInfo } from '../info.ts';
import { dataPath, mapPath } from '../layer/layer-files.ts';
import type { FileLayer } from '../system/file-layer.ts';

export async function describe(
  entry: Entry,
  catalog: Catalog,
  files: FileLayer,
  layers: string,
  opened: number,
): Promise<VolumeInfo> {
  const layer = catalog.layer(entry.layerId);
  // Read before the first await, so that one answer shows one moment.
  const parent = layer.parentId === null ? null : (catalog.entryOfLayer(layer.parentId)?.name ?? null);
  const children = catalog.usersOf(layer.id);
  const below = catalog.chainOf(layer.id).slice(1);
  const [ownBytes, ...shared] = await Promise.all(
    [layer, ...below].map(({ id }) => allocatedBytes(files, layers, id, entry.name)),
  );
  return {
    name: entry.name,
    kind: entry.kind,
    id: entry.diskId,
    sizeBytes: layer.sizeBytes,
    parent,
    children,
    users: children.length + opened,
    flattening: entry.flattening ?? false,
    ownBytes: ownBytes!,
    sharedBytes: shared.reduce((sum, bytes) => sum + bytes, 0),
    createdAt: new Date(entry.createdAt),
    ...(layer.sha256 === null ? {} : { sha256: layer.sha256 }),
  };
}

async function allocatedBytes(files: FileLayer, folder: string, id: string, name: string): Promise<number> {
  try {
    return (
      (await files.allocatedBytes(dataPath(folder, id))) + (await files.allocatedBytes(mapPath(folder, id)))
    );
  } catch (error) {
    // Deleted since, or damaged: opening it says which. A list of all volumes must not fail for one of them.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw fromSystem(error, `looking at ${name}`);
  }
}
