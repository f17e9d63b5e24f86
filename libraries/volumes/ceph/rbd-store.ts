import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { VolumeDriver } from '../driver.ts';
import { fromSystem, VolumeError } from '../errors.ts';
import { checkSize } from '../geometry.ts';
import type { Verdict, VolumeInfo } from '../info.ts';
import { checkName } from '../names.ts';
import type { ImportOptions, TransferOptions } from '../options.ts';
import { Serial } from '../store/serial.ts';
import { nativeFiles } from '../system/native-files.ts';
import { type CephOptions, RbdCommand } from './rbd-command.ts';
import { mapSome, RbdFacts } from './rbd-facts.ts';
import { CLONE_V2, hiddenName, importFile, shareContent } from './rbd-import.ts';
import { type RbdEntry, RbdListing, SEAL } from './rbd-listing.ts';
import { RbdUsage } from './rbd-usage.ts';
import { sweep } from './sweep.ts';

/**
 * Volumes in a Ceph pool, through the `rbd` command.
 *
 *   volume     an RBD image
 *   image      an RBD image with the snapshot `.sealed`, which is what is read and cloned
 *   snapshot   a snapshot of an RBD image, found by its own name
 *
 * What takes several commands is done under a hidden name; the rename is the moment it happens. Changes take their
 * turns in this process. A second process on the same pool does no harm to data, but two may then give one name twice.
 */
export class RbdStore implements VolumeDriver {
  readonly pool: string;
  readonly #rbd: RbdCommand;
  readonly #facts: RbdFacts;
  readonly #serial = new Serial();
  readonly #promised = new Set<string>();
  #closed = false;

  private constructor(rbd: RbdCommand) {
    this.pool = rbd.pool;
    this.#rbd = rbd;
    this.#facts = new RbdFacts(rbd);
  }

  /** Throws `folder-unusable` where the cluster or the pool cannot be reached. */
  static async open(options: CephOptions): Promise<RbdStore> {
    const rbd = new RbdCommand(options);
    await sweep(rbd, await RbdListing.read(rbd));
    return new RbdStore(rbd);
  }

  /** Imports a raw disk image. Content that is in the pool already is shared, and not sent. */
  async createImageFromFile(name: string, path: string, options: ImportOptions = {}): Promise<VolumeInfo> {
    await this.#promising(name, () => importFile(this.#rbd, this.#facts, name, path, options));
    return this.get(name);
  }

  async createImageFromContent(name: string, sha256: string): Promise<VolumeInfo | undefined> {
    const wanted = sha256.toLowerCase();
    const done = await this.#promising(name, () => shareContent(this.#rbd, this.#facts, name, wanted));
    return done ? this.get(name) : undefined;
  }

  async createVolume(name: string, sizeBytes: number): Promise<VolumeInfo> {
    checkSize(sizeBytes, `creating volume ${name}`);
    await this.#serial.run(async () => {
      this.#checkFree(await this.#list(), name);
      await this.#rbd.quick(
        `creating volume ${name}`,
        'create',
        '--size',
        `${sizeBytes}B`,
        this.#rbd.spec(name),
      );
    });
    return this.get(name);
  }

  async clone(source: string, name: string, options: { sizeBytes?: number } = {}): Promise<VolumeInfo> {
    const what = `cloning ${source}`;
    await this.#serial.run(async () => {
      const listing = await this.#list();
      this.#checkFree(listing, name);
      const parent = listing.sealed(source, 'cloned');
      const sizeBytes = options.sizeBytes ?? parent.sizeBytes;
      checkSize(sizeBytes, what);
      if (sizeBytes < parent.sizeBytes) throw tooSmall(what, sizeBytes, parent.sizeBytes);
      const made = sizeBytes === parent.sizeBytes ? name : hiddenName('clone');
      await this.#rbd.quick(what, 'clone', ...CLONE_V2, this.#sealedSpec(parent), this.#rbd.spec(made));
      if (made === name) return;
      await this.#rbd.quick(what, 'resize', '--no-progress', '--size', `${sizeBytes}B`, this.#rbd.spec(made));
      await this.#rbd.rename(made, name);
    });
    return this.get(name);
  }

  /** Writes that the gateway has acknowledged are in it: the snapshot waits for whoever has the image open. */
  async snapshot(volume: string, name: string): Promise<VolumeInfo> {
    await this.#serial.run(async () => {
      const listing = await this.#list();
      this.#checkFree(listing, name);
      const { image } = listing.volume(volume, 'snapshotted');
      await this.#rbd.quick(
        `snapshotting ${volume}`,
        'snap',
        'create',
        '--no-progress',
        this.#rbd.spec(image, name),
      );
    });
    return this.get(name);
  }

  /** Ceph copies back what has changed, so this takes time in proportion to it. Later snapshots stay. */
  async rollback(volume: string, to: string): Promise<VolumeInfo> {
    await this.#serial.run(async () => {
      const listing = await this.#list();
      const { image } = listing.volume(volume, 'rolled back');
      const target = listing.sealed(to, 'rolled back to');
      if (target.image !== image) {
        throw new VolumeError(
          'not-below',
          `${volume} cannot be rolled back to ${to}, which is no snapshot of it`,
          `Clone ${to} instead.`,
        );
      }
      await this.#checkNotOpen(image, volume, 'rolled back');
      await this.#rbd.copy(`rolling back ${volume}`, ['snap', 'rollback', this.#rbd.spec(image, to)], {});
    });
    return this.get(volume);
  }

  async grow(volume: string, sizeBytes: number): Promise<VolumeInfo> {
    const what = `growing ${volume}`;
    checkSize(sizeBytes, what);
    await this.#serial.run(async () => {
      const entry = (await this.#list()).volume(volume, 'grown');
      if (sizeBytes < entry.sizeBytes) throw tooSmall(what, sizeBytes, entry.sizeBytes);
      if (sizeBytes === entry.sizeBytes) return;
      await this.#rbd.quick(
        what,
        'resize',
        '--no-progress',
        '--size',
        `${sizeBytes}B`,
        this.#rbd.spec(entry.image),
      );
    });
    return this.get(volume);
  }

  async seal(volume: string): Promise<VolumeInfo> {
    await this.#serial.run(async () => {
      const { image } = (await this.#list()).volume(volume, 'sealed');
      await this.#checkNotOpen(image, volume, 'sealed');
      await this.#rbd.quick(
        `sealing ${volume}`,
        'snap',
        'create',
        '--no-progress',
        this.#rbd.spec(image, SEAL),
      );
    });
    return this.get(volume);
  }

  /** Copies into a volume what it stands on, so that its parent can go. Called again after a failure it goes on. */
  async flatten(volume: string, options: TransferOptions = {}): Promise<VolumeInfo> {
    const { image, sizeBytes: totalBytes } = (await this.#list()).volume(volume, 'flattened');
    await this.#rbd.copy(`flattening ${volume}`, ['flatten', this.#rbd.spec(image)], {
      signal: options.signal,
      onProgress: (part) => options.onProgress?.({ doneBytes: Math.round(part * totalBytes), totalBytes }),
    });
    return this.get(volume);
  }

  async delete(name: string): Promise<void> {
    await this.#serial.run(async () => {
      const entry = (await this.#list()).any(name);
      if (entry.children.length > 0) throw needed(entry);
      const what = `deleting ${name}`;
      if (entry.kind === 'snapshot') {
        await this.#rbd.quick(what, 'snap', 'rm', '--no-progress', this.#rbd.spec(entry.image, name));
        return;
      }
      await this.#checkNotOpen(entry.image, name, 'deleted');
      const hidden = hiddenName('delete');
      await this.#rbd.rename(entry.image, hidden);
      await this.#rbd.remove(hidden);
    });
  }

  /** `users` are the children alone: who has an image open is asked of Ceph when it matters, an image at a time. */
  async list(): Promise<VolumeInfo[]> {
    const [listing, usage] = await Promise.all([this.#list(), RbdUsage.read(this.#rbd)]);
    const infos = await mapSome(listing.entries, (entry) => this.#describe(entry, listing, usage));
    return infos.filter((info) => info !== undefined);
  }

  async get(name: string): Promise<VolumeInfo> {
    const listing = await this.#list();
    const entry = listing.any(name);
    return this.#describe(
      entry,
      listing,
      await RbdUsage.read(this.#rbd, entry.parent === null ? entry.image : undefined),
    );
  }

  /** Where the data is: for what serves it. */
  async locate(name: string): Promise<{ image: string; snapshot: string | undefined; diskId: string }> {
    return (await this.#list()).any(name);
  }

  /** Whoever opens it from now on writes at once and reads what is written: for a disk with several gateways. */
  async disableCache(name: string): Promise<void> {
    const { image } = (await this.#list()).any(name);
    const what = `preparing ${name} for several gateways`;
    await this.#rbd.quick(what, 'config', 'image', 'set', this.#rbd.spec(image), 'rbd_cache', 'false');
  }

  async verify(name: string, options: TransferOptions = {}): Promise<Verdict> {
    const entry = (await this.#list()).sealed(name, 'verified');
    const { sha256: expected } = await this.#facts.of(entry);
    const sha256 = await this.#rbd.sha256(`verifying ${name}`, this.#sealedSpec(entry), options.signal);
    if (expected !== undefined) return { name, sha256, expected, ok: sha256 === expected };
    await this.#facts.setSha256(entry, sha256);
    return { name, sha256, ok: true };
  }

  async exportRaw(name: string, path: string, options: TransferOptions = {}): Promise<void> {
    const entry = (await this.#list()).sealed(name, 'exported');
    const what = `exporting ${name} to ${path}`;
    if (await stat(path).catch(() => undefined)) {
      throw new VolumeError(
        'file-exists',
        `${what}: ${path} exists`,
        'Give another path, or remove it first.',
      );
    }
    const partial = `${path}.${process.pid}.partial`;
    const totalBytes = entry.sizeBytes;
    try {
      await this.#rbd.copy(what, ['export', this.#sealedSpec(entry), partial], {
        signal: options.signal,
        onProgress: (part) => options.onProgress?.({ doneBytes: Math.round(part * totalBytes), totalBytes }),
      });
      const file = await open(partial, 'r');
      await file.sync().finally(() => file.close());
      await rename(partial, path);
      await nativeFiles.syncFolder(dirname(path));
    } catch (error) {
      await rm(partial, { force: true });
      throw fromSystem(error, what);
    }
  }

  /** Nothing is held open between calls. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#serial.run(async () => {});
  }

  #list(): Promise<RbdListing> {
    if (!this.#closed) return RbdListing.read(this.#rbd);
    throw new VolumeError('closed', `the pool ${this.pool} is closed`, 'Open it again.');
  }

  async #describe(entry: RbdEntry, listing: RbdListing, usage: RbdUsage): Promise<VolumeInfo> {
    const { name, kind, diskId: id, sizeBytes, parent, children } = entry;
    const own = { ownBytes: usage.own(entry), sharedBytes: usage.shared(entry, listing) };
    const uses = { children, users: children.length, flattening: false };
    return { name, kind, id, sizeBytes, parent, ...uses, ...own, ...(await this.#facts.of(entry)) };
  }

  async #promising<T>(name: string, work: () => Promise<T>): Promise<T> {
    await this.#serial.run(async () => {
      this.#checkFree(await this.#list(), name);
      this.#promised.add(name);
    });
    try {
      return await work();
    } finally {
      this.#promised.delete(name);
    }
  }

  #checkFree(listing: RbdListing, name: string): void {
    checkName(name);
    if (!listing.find(name) && !this.#promised.has(name)) return;
    throw new VolumeError('name-taken', `the name ${name} is taken`, 'Choose another name.');
  }

  #sealedSpec({ image, snapshot }: RbdEntry): string {
    return this.#rbd.spec(image, snapshot);
  }

  /** Whoever has an image open watches its header. A client that was killed counts for another half minute. */
  async #checkNotOpen(image: string, name: string, done: string): Promise<void> {
    const what = `looking who uses ${name}`;
    const { watchers } = await this.#rbd.json<{ watchers: { address: string }[] }>(
      what,
      'status',
      this.#rbd.spec(image),
    );
    if (watchers.length === 0) return;
    throw new VolumeError(
      'in-use',
      `${name} cannot be ${done}: it is open at ${watchers.map(({ address }) => address).join(', ')}`,
      'Close it there first.',
    );
  }
}

function tooSmall(what: string, sizeBytes: number, least: number): VolumeError {
  return new VolumeError(
    'size-invalid',
    `${what}: ${sizeBytes} bytes are fewer than the ${least} of its content`,
    'It can only become larger.',
  );
}

function needed({ kind, name, children }: RbdEntry): VolumeError {
  return new VolumeError(
    'in-use',
    `${kind} ${name} cannot be deleted: ${children.join(', ')} ${children.length > 1 ? 'need' : 'needs'} it`,
    'Delete those first.',
  );
}
