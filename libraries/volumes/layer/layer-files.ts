import { join } from 'node:path';
import { fromSystem, VolumeError } from '../errors.ts';
import type { FileLayer, StoredFile } from '../system/file-layer.ts';
import type { LayerIdentity } from './layer.ts';

export function dataPath(folder: string, id: string): string {
  return join(folder, `${id}.data`);
}

export function mapPath(folder: string, id: string): string {
  return join(folder, `${id}.map`);
}

export function sumsPath(folder: string, id: string): string {
  return join(folder, `${id}.sums`);
}

/** The id of the layer that a file belongs to; undefined for a file that is none of ours. */
export function layerOfFile(name: string): string | undefined {
  return /^([0-9a-f]{16})\.(?:data|map|sums)$/.exec(name)?.[1];
}

export interface LayerFiles {
  readonly data: StoredFile;
  readonly map: StoredFile;
  readonly mapBytes: number;
}

/** The files of an empty layer, durable when resolved: the catalog may name it from then on. */
export async function createFiles(
  files: FileLayer,
  folder: string,
  { id, sizeBytes }: LayerIdentity,
): Promise<LayerFiles> {
  const opened: StoredFile[] = [];
  try {
    const data = await files.create(dataPath(folder, id));
    opened.push(data);
    const map = await files.create(mapPath(folder, id));
    opened.push(map);
    await data.truncate(sizeBytes);
    await Promise.all([data.sync(), map.sync()]);
    await files.syncFolder(folder);
    return { data, map, mapBytes: 0 };
  } catch (error) {
    await Promise.allSettled(opened.map((file) => file.close()));
    await removeFiles(files, folder, id).catch(() => {});
    throw fromSystem(error, `creating layer ${id} of ${sizeBytes} bytes`);
  }
}

/** Throws `corrupt` when one is missing or cut off. */
export async function openFiles(
  files: FileLayer,
  folder: string,
  { id, sizeBytes }: LayerIdentity,
  writable: boolean,
): Promise<LayerFiles> {
  const opened: StoredFile[] = [];
  try {
    const data = await files.open(dataPath(folder, id), writable);
    opened.push(data);
    const map = await files.open(mapPath(folder, id), writable);
    opened.push(map);
    const [dataBytes, mapBytes] = await Promise.all([data.size(), map.size()]);
    // Longer is the trace of a resize that a crash interrupted before the catalog heard of it.
    if (dataBytes < sizeBytes) {
      throw damaged(`the data file of layer ${id} has ${dataBytes} of ${sizeBytes} bytes`);
    }
    return { data, map, mapBytes };
  } catch (error) {
    await Promise.allSettled(opened.map((file) => file.close()));
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw damaged(`a file of layer ${id} is missing`, error);
    }
    throw fromSystem(error, `opening layer ${id}`);
  }
}

export async function removeFiles(files: FileLayer, folder: string, id: string): Promise<void> {
  for (const path of [dataPath, mapPath, sumsPath]) await files.remove(path(folder, id));
}

export function damaged(message: string, cause?: unknown): VolumeError {
  return new VolumeError(
    'corrupt',
    message,
    'Something outside changed the folder. Restore the volume from a snapshot or an export.',
    cause,
  );
}
