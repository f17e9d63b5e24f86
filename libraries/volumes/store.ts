import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Catalog, type Entry, type Kind } from './catalog.ts';
import { type CheckResult, checkLayers } from './check.ts';
import { exportContent, hashContent } from './content.ts';
import type { OpenDisk } from './disk.ts';
import { fromSystem, VolumeError } from './errors.ts';
import type { FileLayer } from './files.ts';
import { checkSize } from './geometry.ts';
import { copyRawImage, type ImportOptions, openRawImage, type TransferOptions } from './import.ts';
import { describe, type VolumeInfo } from './info.ts';
import type { Layer } from './layer.ts';
import { LayerTable } from './layer-table.ts';
import { checkUnused, findAny, findSealed, findVolume } from './lookup.ts';
import { checkName } from './names.ts';
import { nativeFiles } from './native-files.ts';
import { OpenDisks } from './open-disks.ts';
import { PageCache } from './page-cache.ts';
import { holdsLayers, removeOrphans } from './recovery.ts';
import { Residency } from './residency.ts';
import type { SealedDisk } from './sealed-disk.ts';
import { Serial } from './serial.ts';

export interface StoreOptions {
  /** For tests that stand between the volumes and the disk. */
  readonly files?: FileLayer;
  /** Pages of block maps kept in memory for the whole folder; each is 4 KiB and maps 63 MiB. Default 4096: 16 MiB. */
  readonly mapCachePages?: number;
}

export interface Verdict {
  readonly name: string;
  readonly sha256: string;
  /** False: the content is not what it was when its hash was recorded. */
  readonly ok: boolean;
  /** The hash recorded before; absent when this was the first time, which recorded it. */
  readonly expected?: string;
}

/**
 * Images, snapshots and volumes on one folder. One process at a time.
 *
 * Everything that changes the catalog takes its turn in `#serial`: it checks, prepares files, and commits one
 * transaction, and nobody deletes what it stands on in between. Long work (an import, a big flush) is done outside.
 */
export class VolumeStore {
  readonly folder: string;
  readonly #layersFolder: string;
  readonly #files: FileLayer;
  readonly #catalog: Catalog;
  readonly #table: LayerTable;
  readonly #serial = new Serial();
  readonly #disks: OpenDisks;
  /** Names promised to imports that are still running. */
  readonly #promised = new Set<string>();
  #closing: Promise<void> | undefined;

  private constructor(folder: string, layersFolder: string, catalog: Catalog, options: StoreOptions) {
    this.folder = folder;
    this.#layersFolder = layersFolder;
    this.#files = options.files ?? nativeFiles;
    this.#catalog = catalog;
    this.#table = new LayerTable(this.#files, layersFolder, {
      pages: new PageCache(options.mapCachePages ?? 4096),
      residency: new Residency(),
    });
    this.#disks = new OpenDisks(catalog, this.#table);
  }

  /** Opens a folder, making it when it is absent. Throws `folder-in-use` or `folder-unusable`. */
  static async open(folder: string, options: StoreOptions = {}): Promise<VolumeStore> {
    const path = resolve(folder);
    const layersFolder = join(path, 'layers');
    try {
      const made = await mkdir(layersFolder, { recursive: true });
      // Each folder that is new has its name in the one above.
      for (let at = layersFolder; made !== undefined && at.length >= made.length; at = dirname(at)) {
        await nativeFiles.syncFolder(dirname(at));
      }
    } catch (error) {
      throw fromSystem(error, `making the folder ${layersFolder}`);
    }
    const files = options.files ?? nativeFiles;
    const catalog = Catalog.open(path, await holdsLayers(files, layersFolder));
    try {
      await nativeFiles.syncFolder(path);
      await removeOrphans(files, layersFolder, catalog);
      return new VolumeStore(path, layersFolder, catalog, options);
    } catch (error) {
      catalog.close();
      throw fromSystem(error, `opening ${path}`);
    }
  }

  /** Imports a raw disk image. When it rejects, nothing was changed. */
  async createImageFromFile(name: string, path: string, options: ImportOptions = {}): Promise<VolumeInfo> {
    await this.#serial.run(async () => {
      this.#checkFree(name);
      this.#promised.add(name);
    });
    try {
      const image = await openRawImage(path, options);
      try {
        await this.#table.withNew(image.sizeBytes, async (layer) => {
          const sha256 = await copyRawImage(image, layer, options);
          await layer.flush();
          layer.seal();
          this.#commit(() => this.#add(name, 'image', layer, null, sha256));
          return undefined;
        });
      } finally {
        await image.file.close();
      }
    } finally {
      this.#promised.delete(name);
    }
    return this.get(name);
  }

  /** An empty volume, all zeros. `sizeBytes` is a multiple of 4096. */
  async createVolume(name: string, sizeBytes: number): Promise<VolumeInfo> {
    checkSize(sizeBytes, `creating volume ${name}`);
    await this.#serial.run(async () => {
      this.#checkFree(name);
      await this.#addVolume(name, sizeBytes, null);
    });
    return this.get(name);
  }

  /**
   * A new volume with the content of an image or a snapshot, in constant time. A live volume is refused: its clones
   * would change under it; `snapshot` it and clone the snapshot. `sizeBytes` may make the clone larger.
   */
  async clone(source: string, name: string, options: { sizeBytes?: number } = {}): Promise<VolumeInfo> {
    await this.#serial.run(async () => {
      this.#checkFree(name);
      const parent = this.#catalog.layer(findSealed(this.#catalog, source, 'cloned').layerId);
      const sizeBytes = options.sizeBytes ?? parent.sizeBytes;
      checkSize(sizeBytes, `cloning ${source}`);
      if (sizeBytes < parent.sizeBytes) {
        throw new VolumeError(
          'size-invalid',
          `cloning ${source}: ${sizeBytes} bytes are fewer than the ${parent.sizeBytes} of its content`,
          'A clone can only be larger than its source.',
        );
      }
      await this.#addVolume(name, sizeBytes, parent.id);
    });
    return this.get(name);
  }

  /**
   * Keeps the content of a volume as it is between two writes, in constant time; the volume goes on. All writes that
   * were acknowledged before the call are in it, flushed.
   */
  async snapshot(volume: string, name: string): Promise<VolumeInfo> {
    // What can be flushed beforehand is not waited for between two writes.
    await this.#disks.live(volume)?.flush();
    await this.#serial.run(async () => {
      this.#checkFree(name);
      const entry = findVolume(this.#catalog, volume, 'snapshotted');
      await this.#disks.withLive(entry, (disk) =>
        this.#table.withNew(disk.sizeBytes, async (fresh) => {
          await disk.between(async (top) => {
            this.#commit(() => {
              this.#catalog.addLayer(row(fresh, top.id));
              this.#catalog.sealLayer(top.id);
              this.#catalog.setEntryLayer(volume, fresh.id);
              this.#catalog.addEntry(newEntry(name, 'snapshot', top.id));
            });
            top.seal();
            return [fresh, ...disk.chain];
          });
          return 'keep';
        }),
      );
    });
    return this.get(name);
  }

  /**
   * Gives up what a volume, not open, has changed since a snapshot or image that it stands on, at whatever distance.
   * Snapshots in between stay. Constant time.
   */
  async rollback(volume: string, to: string): Promise<VolumeInfo> {
    await this.#serial.run(async () => {
      this.#checkOpen();
      const { layerId } = findVolume(this.#catalog, volume, 'rolled back');
      const target = this.#catalog.layer(findSealed(this.#catalog, to, 'rolled back to').layerId);
      this.#disks.checkNotOpen(volume, 'rolled back');
      if (!this.#catalog.chainOf(layerId).some((layer) => layer.id === target.id)) {
        throw new VolumeError(
          'not-below',
          `${volume} cannot be rolled back to ${to}: it does not stand on it`,
          `Clone ${to} instead.`,
        );
      }
      await this.#table.withNew(target.sizeBytes, async (fresh) => {
        this.#commit(() => {
          this.#catalog.addLayer(row(fresh, target.id));
          this.#catalog.setEntryLayer(volume, fresh.id);
          this.#catalog.removeLayer(layerId);
        });
        return undefined;
      });
      await this.#removeFiles(layerId, volume);
    });
    return this.get(volume);
  }

  /** Makes a volume larger, open or not; the new end is zeros. */
  async grow(volume: string, sizeBytes: number): Promise<VolumeInfo> {
    checkSize(sizeBytes, `growing ${volume}`);
    await this.#serial.run(async () => {
      this.#checkOpen();
      const entry = findVolume(this.#catalog, volume, 'grown');
      await this.#disks.withLive(entry, (disk) =>
        disk.between(async (top) => {
          if (sizeBytes < top.sizeBytes) {
            throw new VolumeError(
              'size-invalid',
              `growing ${volume}: ${sizeBytes} bytes are fewer than the ${top.sizeBytes} it has`,
              'A volume can only become larger.',
            );
          }
          await top.extend(sizeBytes);
          this.#commit(() => this.#catalog.setSize(entry.layerId, sizeBytes));
          top.resized(sizeBytes);
          return undefined;
        }),
      );
    });
    return this.get(volume);
  }

  /** Turns a volume that is not open into an image. */
  async seal(volume: string): Promise<VolumeInfo> {
    await this.#serial.run(async () => {
      const entry = findVolume(this.#catalog, volume, 'sealed');
      this.#disks.checkNotOpen(volume, 'sealed');
      await this.#disks.withLive(entry, (disk) =>
        disk.between(async (top) => {
          this.#commit(() => {
            this.#catalog.sealLayer(entry.layerId);
            this.#catalog.setKind(volume, 'image');
          });
          top.seal();
          return undefined;
        }),
      );
    });
    return this.get(volume);
  }

  /** A volume for reading and writing (once at a time), or an image or snapshot for reading. Close it. */
  open(name: string): Promise<OpenDisk> {
    return this.#serial.run(async () => {
      this.#checkOpen();
      const entry = findAny(this.#catalog, name);
      if (entry.kind === 'volume') this.#disks.checkNotOpen(name, 'opened a second time');
      return this.#disks.open(entry);
    });
  }

  /** Refused (`in-use`) while anything stands on it or has it open. */
  async delete(name: string): Promise<void> {
    await this.#serial.run(async () => {
      this.#checkOpen();
      const entry = findAny(this.#catalog, name);
      this.#disks.checkNotOpen(name, 'deleted');
      checkUnused(this.#catalog, entry);
      this.#commit(() => {
        this.#catalog.removeEntry(name);
        this.#catalog.removeLayer(entry.layerId);
      });
      await this.#removeFiles(entry.layerId, name);
    });
  }

  async list(): Promise<VolumeInfo[]> {
    this.#checkOpen();
    return Promise.all(this.#catalog.entries().map((entry) => this.#describe(entry)));
  }

  /** Throws `not-found`. */
  async get(name: string): Promise<VolumeInfo> {
    this.#checkOpen();
    return this.#describe(findAny(this.#catalog, name));
  }

  /**
   * Reads an image or a snapshot and compares its SHA-256 with the recorded one; the first time it records it.
   * Rejects with `corrupt` where the damage is such that it cannot be read.
   */
  async verify(name: string, options: TransferOptions = {}): Promise<Verdict> {
    this.#checkOpen();
    const { layerId } = findSealed(this.#catalog, name, 'verified');
    const sha256 = await this.#reading(name, (disk) => hashContent(disk.chain, `verifying ${name}`, options));
    const expected = this.#catalog.layer(layerId).sha256;
    if (expected !== null) return { name, sha256, expected, ok: sha256 === expected };
    this.#commit(() => this.#catalog.setHash(layerId, sha256));
    return { name, sha256, ok: true };
  }

  /** Checks the layers and maps of everything, without reading the data; see `verify` for that. Changes nothing. */
  check(): Promise<CheckResult> {
    return this.#serial.run(async () => {
      this.#checkOpen();
      return checkLayers(this.#catalog, this.#table);
    });
  }

  /** Writes the content of an image or a snapshot to a new raw file, sparse. */
  async exportRaw(name: string, path: string, options: TransferOptions = {}): Promise<void> {
    this.#checkOpen();
    findSealed(this.#catalog, name, 'exported');
    const what = `exporting ${name} to ${path}`;
    await this.#reading(name, (disk) => exportContent(disk.chain, path, what, options));
  }

  /** Flushes and closes every disk, then lets go of the folder, also when a flush failed (it then rejects). */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#serial.run(() => this.#disks.closeAll());
    } finally {
      this.#catalog.close();
    }
  }

  async #reading<T>(name: string, work: (disk: SealedDisk) => Promise<T>): Promise<T> {
    const disk = (await this.open(name)) as SealedDisk;
    try {
      return await work(disk);
    } finally {
      await disk.close();
    }
  }

  /** After the catalog has forgotten the layer; a crash before leaves files that the next opening removes. */
  async #removeFiles(layerId: string, name: string): Promise<void> {
    await this.#table.remove(layerId).catch((error) => {
      throw fromSystem(error, `removing files that ${name} no longer needs`);
    });
  }

  #describe(entry: Entry): Promise<VolumeInfo> {
    return describe(entry, this.#catalog, this.#files, this.#layersFolder);
  }

  async #addVolume(name: string, sizeBytes: number, parentId: string | null): Promise<void> {
    await this.#table.withNew(sizeBytes, async (layer) => {
      this.#commit(() => this.#add(name, 'volume', layer, parentId, null));
      return undefined;
    });
  }

  #add(name: string, kind: Kind, layer: Layer, parentId: string | null, sha256: string | null): void {
    this.#catalog.addLayer({ ...row(layer, parentId), sha256 });
    this.#catalog.addEntry(newEntry(name, kind, layer.id));
  }

  #commit(work: () => void): void {
    this.#checkOpen();
    try {
      this.#catalog.transaction(work);
    } catch (error) {
      throw fromSystem(error, `writing the catalog of ${this.folder}`);
    }
  }

  #checkOpen(): void {
    if (!this.#closing) return;
    throw new VolumeError('closed', `the folder ${this.folder} is closed`, 'Open it again.');
  }

  #checkFree(name: string): void {
    this.#checkOpen();
    checkName(name);
    if (!this.#catalog.entry(name) && !this.#promised.has(name)) return;
    throw new VolumeError('name-taken', `the name ${name} is taken`, 'Choose another name.');
  }
}

function row(layer: Layer, parentId: string | null) {
  return { id: layer.id, parentId, sizeBytes: layer.sizeBytes, sealed: layer.sealed, sha256: null };
}

function newEntry(name: string, kind: Kind, layerId: string): Entry {
  return { name, kind, diskId: LayerTable.newId(), layerId, createdAt: new Date().toISOString() };
}
