import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BlockCache, type CacheStats } from './cache/block-cache.ts';
import { Patience } from './cache/patience.ts';
import { Residency } from './cache/residency.ts';
import { Catalog, type Entry } from './catalog/catalog.ts';
import { findAny, findSealed } from './catalog/lookup.ts';
import { OpenDisks } from './disk/open-disks.ts';
import type { SealedDisk } from './disk/sealed-disk.ts';
import type { OpenDisk } from './disk.ts';
import { fromSystem } from './errors.ts';
import { exportContent, hashContent } from './image/content.ts';
import { importRaw, shareContent } from './image/importing.ts';
import type { Verdict, VolumeInfo } from './info.ts';
import { JOURNAL_BYTES, Journal } from './journal/journal.ts';
import { LayerTable } from './layer/layer-table.ts';
import { PageCache } from './map/page-cache.ts';
import type { ImportOptions, StoreOptions, TransferOptions } from './options.ts';
import { type CheckOptions, type CheckResult, checkLayers } from './store/check.ts';
import { StoreCore } from './store/core.ts';
import { describe } from './store/describe.ts';
import { Flattening, type FlattenOptions } from './store/flattening.ts';
import { Lifecycle } from './store/lifecycle.ts';
import { Lineage } from './store/lineage.ts';
import { holdsLayers, removeOrphans, replayJournal } from './store/recovery.ts';
import { Summing } from './store/summing.ts';
import { type DeletedInfo, Trash } from './store/trash.ts';
import { nativeFiles } from './system/native-files.ts';

const DAY_MS = 86_400_000;
/** How often deleted things are looked at. */
const COLLECT_MS = 60_000;

/** Images, snapshots and volumes on one folder. One process at a time. */
export class VolumeStore {
  readonly folder: string;
  readonly #layersFolder: string;
  readonly #core: StoreCore;
  readonly #lifecycle: Lifecycle;
  readonly #lineage: Lineage;
  readonly #journal: Journal;
  readonly #blocks: BlockCache;
  readonly #trash: Trash;
  readonly #summing: Summing;
  readonly #flattening: Flattening;
  readonly #collector: NodeJS.Timeout;
  #closing: Promise<void> | undefined;

  private constructor(folder: string, layersFolder: string, catalog: Catalog, options: StoreOptions) {
    const files = options.files ?? nativeFiles;
    const undeleteMs = options.undeleteMs ?? DAY_MS;
    this.folder = folder;
    this.#layersFolder = layersFolder;
    this.#blocks = new BlockCache(options.readCacheBytes ?? 64 * 1024 * 1024);
    this.#journal = new Journal(files, folder, options.journalBytes ?? JOURNAL_BYTES, (layerIds) => {
      void table.checkpoint(layerIds);
    });
    const table = new LayerTable(files, layersFolder, {
      pages: new PageCache(options.mapCachePages ?? 4096),
      residency: new Residency(),
      patience: new Patience(),
      blocks: this.#blocks,
      journal: this.#journal,
      makeRoom: () => this.#trash.makeRoom(),
    });
    this.#core = new StoreCore(folder, files, catalog, table, new OpenDisks(catalog, table));
    this.#trash = new Trash(this.#core, undeleteMs);
    this.#summing = new Summing(this.#core, options.checksumDelayMs ?? 1000);
    this.#flattening = new Flattening(this.#core);
    this.#lifecycle = new Lifecycle(this.#core, undeleteMs > 0);
    this.#lineage = new Lineage(this.#core);
    this.#collector = setInterval(() => void this.#trash.collect().catch(() => {}), COLLECT_MS).unref();
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
    let store: VolumeStore | undefined;
    try {
      await nativeFiles.syncFolder(path);
      await removeOrphans(files, layersFolder, catalog);
      store = new VolumeStore(path, layersFolder, catalog, options);
      await store.#recover();
      return store;
    } catch (error) {
      if (store) await store.close().catch(() => {});
      else catalog.close();
      throw fromSystem(error, `opening ${path}`);
    }
  }

  /**
   * Imports a raw disk image; when it rejects, nothing was changed. Where an image or a snapshot has the same content,
   * the new one stands on it and takes no space.
   */
  async createImageFromFile(name: string, path: string, options: ImportOptions = {}): Promise<VolumeInfo> {
    await this.#core.promising(name, () => importRaw(this.#core, name, path, options));
    return this.get(name);
  }

  /**
   * The same without a file, of content that is here already; undefined where it is not. The hash is all the proof that
   * is asked for, so this is for callers who may read every image of the store.
   */
  async createImageFromContent(name: string, sha256: string): Promise<VolumeInfo | undefined> {
    const done = await this.#core.promising(name, () => shareContent(this.#core, name, sha256.toLowerCase()));
    return done ? this.get(name) : undefined;
  }

  /** An empty volume, all zeros. `sizeBytes` is a multiple of 4096. */
  async createVolume(name: string, sizeBytes: number): Promise<VolumeInfo> {
    await this.#lifecycle.create(name, sizeBytes);
    return this.get(name);
  }

  /**
   * A new volume with the content of an image or a snapshot, in constant time. A live volume is refused: its clones
   * would change under it; `snapshot` it and clone the snapshot. `sizeBytes` may make the clone larger.
   */
  async clone(source: string, name: string, options: { sizeBytes?: number } = {}): Promise<VolumeInfo> {
    await this.#lineage.clone(source, name, options.sizeBytes);
    return this.get(name);
  }

  /**
   * Keeps the content of a volume as it is between two writes, in constant time; the volume goes on. All writes that
   * were acknowledged before the call are in it, flushed.
   */
  async snapshot(volume: string, name: string): Promise<VolumeInfo> {
    this.#summing.add(await this.#lineage.snapshot(volume, name));
    return this.get(name);
  }

  /**
   * Gives up what a volume, not open, has changed since a snapshot or image that it stands on, at whatever distance.
   * Snapshots in between stay. Constant time.
   */
  async rollback(volume: string, to: string): Promise<VolumeInfo> {
    await this.#lineage.rollback(volume, to);
    return this.get(volume);
  }

  /**
   * Makes a volume independent of what it stands on, which can then be deleted; it stays in use meanwhile. Resolves when
   * that is done. It goes on by itself after a restart; `signal` ends it for good.
   */
  async flatten(volume: string, options: FlattenOptions = {}): Promise<VolumeInfo> {
    await this.#flattening.flatten(volume, options);
    return this.get(volume);
  }

  /** Makes a volume larger, open or not; the new end is zeros. */
  async grow(volume: string, sizeBytes: number): Promise<VolumeInfo> {
    await this.#lifecycle.grow(volume, sizeBytes);
    return this.get(volume);
  }

  /** Turns a volume that is not open into an image. */
  async seal(volume: string): Promise<VolumeInfo> {
    this.#summing.add(await this.#lifecycle.seal(volume));
    return this.get(volume);
  }

  /** A volume for reading and writing (once at a time), or an image or snapshot for reading. Close it. */
  open(name: string): Promise<OpenDisk> {
    const { serial, catalog, disks } = this.#core;
    return serial.run(async () => {
      this.#core.checkOpen();
      const entry = findAny(catalog, name);
      if (entry.kind === 'volume') disks.checkNotOpen(name, 'opened a second time');
      return disks.open(entry);
    });
  }

  /**
   * Refused (`in-use`) while anything stands on it or has it open. It can be undeleted for a time, unless `forever`, or
   * unless its space is needed before.
   */
  async delete(name: string, options: { forever?: boolean } = {}): Promise<void> {
    await this.#lifecycle.delete(name, options.forever ?? false);
    await this.#trash.collect();
  }

  /** What was deleted and can come back, the oldest first. */
  listDeleted(): DeletedInfo[] {
    this.#core.checkOpen();
    return this.#trash.list();
  }

  /** Brings back what was deleted, the newest of that name. */
  async undelete(name: string): Promise<VolumeInfo> {
    await this.#trash.restore(name);
    return this.get(name);
  }

  async list(): Promise<VolumeInfo[]> {
    this.#core.checkOpen();
    return Promise.all(this.#core.catalog.entries().map((entry) => this.#describe(entry)));
  }

  /** Throws `not-found`. */
  async get(name: string): Promise<VolumeInfo> {
    this.#core.checkOpen();
    return this.#describe(findAny(this.#core.catalog, name));
  }

  /** Of the cache of blocks that all which stand on the same images share, since the store was opened. */
  cacheStats(): CacheStats {
    return this.#blocks.stats;
  }

  /**
   * Reads an image or a snapshot and compares its SHA-256 with the recorded one; the first time it records it.
   * Rejects with `corrupt` where the damage is such that it cannot be read.
   */
  async verify(name: string, options: TransferOptions = {}): Promise<Verdict> {
    const { catalog } = this.#core;
    this.#core.checkOpen();
    const { layerId } = findSealed(catalog, name, 'verified');
    const sha256 = await this.#reading(name, (disk) => hashContent(disk.chain, `verifying ${name}`, options));
    const expected = catalog.layer(layerId).sha256;
    if (expected !== null) return { name, sha256, expected, ok: sha256 === expected };
    this.#core.commit(() => catalog.setHash(layerId, sha256));
    return { name, sha256, ok: true };
  }

  /** Checks the layers, maps and checksums of everything, and the data if asked to; repairs what it can if asked to. */
  check(options: CheckOptions = {}): Promise<CheckResult> {
    return this.#core.serial.run(async () => {
      this.#core.checkOpen();
      return checkLayers(this.#core, options);
    });
  }

  /** Writes the content of an image or a snapshot to a new raw file, sparse. */
  async exportRaw(name: string, path: string, options: TransferOptions = {}): Promise<void> {
    this.#core.checkOpen();
    findSealed(this.#core.catalog, name, 'exported');
    const what = `exporting ${name} to ${path}`;
    await this.#reading(name, (disk) => exportContent(disk.chain, path, what, options));
  }

  /** Resolves when the checksums of all that was sealed so far are computed. */
  async settled(): Promise<void> {
    await this.#summing.idle();
  }

  /** Flushes and closes every disk, then lets go of the folder, also when a flush failed (it then rejects). */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { serial, disks, catalog } = this.#core;
    clearInterval(this.#collector);
    this.#core.isClosing = true;
    try {
      await Promise.all([this.#summing.stop(), this.#flattening.stop()]);
      await serial.run(() => disks.closeAll());
    } finally {
      await this.#journal.close().catch(() => {});
      catalog.close();
    }
  }

  async #recover(): Promise<void> {
    const { catalog, table } = this.#core;
    await replayJournal(this.#journal, catalog, table);
    await this.#trash.collect().catch(() => {});
    for (const layer of catalog.layers()) if (layer.sealed && !layer.summed) this.#summing.add(layer.id);
    this.#flattening.resume();
  }

  async #reading<T>(name: string, work: (disk: SealedDisk) => Promise<T>): Promise<T> {
    const disk = (await this.open(name)) as SealedDisk;
    try {
      return await work(disk);
    } finally {
      await disk.close();
    }
  }

  #describe(entry: Entry): Promise<VolumeInfo> {
    const { catalog, files, disks } = this.#core;
    return describe(entry, catalog, files, this.#layersFolder, disks.count(entry.name));
  }
}
