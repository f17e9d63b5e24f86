import type { Catalog, Entry } from '../catalog/catalog.ts';
import type { OpenDisks } from '../disk/open-disks.ts';
import { fromSystem, VolumeError } from '../errors.ts';
import type { Kind } from '../info.ts';
import type { Layer } from '../layer/layer.ts';
import { LayerTable } from '../layer/layer-table.ts';
import { checkName } from '../names.ts';
import type { FileLayer } from '../system/file-layer.ts';
import { Serial } from './serial.ts';

/**
 * What the parts of a store share.
 *
 * Everything that changes the catalog takes its turn in `serial`: it checks, prepares files, and commits one
 * transaction, and nobody deletes what it stands on in between. Long work (an import, a big flush) is done outside.
 */
export class StoreCore {
  readonly folder: string;
  readonly files: FileLayer;
  readonly catalog: Catalog;
  readonly table: LayerTable;
  readonly disks: OpenDisks;
  readonly serial = new Serial();
  /** Names promised to imports that are still running. */
  readonly promised = new Set<string>();
  isClosing = false;

  constructor(folder: string, files: FileLayer, catalog: Catalog, table: LayerTable, disks: OpenDisks) {
    this.folder = folder;
    this.files = files;
    this.catalog = catalog;
    this.table = table;
    this.disks = disks;
  }

  commit(work: () => void): void {
    this.checkOpen();
    try {
      this.catalog.transaction(work);
    } catch (error) {
      throw fromSystem(error, `writing the catalog of ${this.folder}`);
    }
  }

  checkOpen(): void {
    if (!this.isClosing) return;
    throw new VolumeError('closed', `the folder ${this.folder} is closed`, 'Open it again.');
  }

  checkFree(name: string): void {
    this.checkOpen();
    checkName(name);
    if (!this.catalog.entry(name) && !this.promised.has(name)) return;
    throw new VolumeError('name-taken', `the name ${name} is taken`, 'Choose another name.');
  }

  /** Keeps a name for long work that will need it at its end. */
  async promising<T>(name: string, work: () => Promise<T>): Promise<T> {
    await this.serial.run(async () => {
      this.checkFree(name);
      this.promised.add(name);
    });
    try {
      return await work();
    } finally {
      this.promised.delete(name);
    }
  }

  async addVolume(name: string, sizeBytes: number, parentId: string | null): Promise<void> {
    await this.table.withNew(sizeBytes, async (layer) => {
      this.commit(() => this.add(name, 'volume', layer, parentId, null));
      return undefined;
    });
  }

  /** Within `commit`: puts a new layer into the catalog, under a name. */
  add(name: string, kind: Kind, layer: Layer, parentId: string | null, sha256: string | null): void {
    this.catalog.addLayer({ ...rowOf(layer, parentId), sha256 });
    this.catalog.addEntry(newEntry(name, kind, layer.id));
  }

  /** After the catalog has forgotten the layer; a crash before leaves files that the next opening removes. */
  async removeFiles(layerId: string, name: string): Promise<void> {
    await this.table.remove(layerId).catch((error) => {
      throw fromSystem(error, `removing files that ${name} no longer needs`);
    });
  }
}

export function rowOf(layer: Layer, parentId: string | null) {
  return {
    id: layer.id,
    parentId,
    sizeBytes: layer.sizeBytes,
    sealed: layer.sealed,
    sha256: null,
    summed: layer.checksums !== undefined,
  };
}

export function newEntry(name: string, kind: Kind, layerId: string): Entry {
  return { name, kind, diskId: LayerTable.newId(), layerId, createdAt: new Date().toISOString() };
}
