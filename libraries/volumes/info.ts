import type { Catalog, Entry, Kind } from './catalog.ts';
import { fromSystem } from './errors.ts';
import type { FileLayer } from './files.ts';
import { dataPath, mapPath } from './layer-files.ts';

/** An image (sealed, made to be cloned), a snapshot (sealed, of a volume) or a volume (live), as a caller sees it. */
export interface VolumeInfo {
  readonly name: string;
  readonly kind: Kind;
  /** Stable identity of the disk, 16 hexadecimal digits. */
  readonly id: string;
  readonly sizeBytes: number;
  /** The name of what this stands on; null for one that stands alone. */
  readonly parent: string | null;
  /** The names of what stands directly on this. */
  readonly children: readonly string[];
  /** How many stand directly on it or have it open; while there are any, it cannot be deleted. */
  readonly users: number;
  /** It is being made independent of its parent. */
  readonly flattening: boolean;
  /** Bytes that this one's own layer takes on the disk; what it shares with its parent is not in it. */
  readonly ownBytes: number;
  /** Bytes on the disk of all that it stands on; others may stand on it as well. */
  readonly sharedBytes: number;
  readonly createdAt: Date;
  /** Of the whole content; present for imported images and for what `verify` has read. */
  readonly sha256?: string;
}

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
