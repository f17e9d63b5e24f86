/** A raw file as a disk. */
import { execFile } from 'node:child_process';
import { close, fdatasync, fstat, open, read, readSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { IscsiError } from '../errors.ts';
import { messageOf } from '../message.ts';
import { BLOCK, type Disk } from '../scsi/disk.ts';
import { DoubleWrite } from './double-write.ts';
import { Patience } from './patience.ts';
import { RegionMap } from './region-map.ts';
import { Suspicion } from './suspicion.ts';

/** Below this, writing zeros is cheaper than starting the process that punches a hole. */
const MIN_HOLE = 1 << 20;
const ZEROS = Buffer.alloc(MIN_HOLE);
const PAGE = 4096;
/** A small read that misses brings in all of its region, so that its neighbours can be read without waiting. */
const REGION = 64 << 10;
/** As many as Node has threads for files. */
const KEPT_REGIONS = 4;
/** Bounds the work of one question for allocated space. */
const MAX_RUN = 1 << 30;
/**
 * Whole pages need not be read first, and land in the page cache in less time than handing the call to a thread and
 * hearing of its end takes: 256 KiB streams gain a quarter by it on two cores.
 */
const WRITE_NOW_BYTES = 256 << 10;

const SLOW_READ_MS = 1;
/** What leaves the page cache leaves it with its neighbours. */
const NEIGHBOURHOOD = 32 << 20;
/** Longer than the scheduler's turns, which a large write often meets; the kernel holds writers back for 10 ms and more. */
const SLOW_WRITE_MS = 5;

export class FileDisk implements Disk {
  readonly id: string;
  readonly readOnly: boolean;
  readonly path: string;
  readonly #fd: number;
  /** Regions that this process has read, so that they are in the page cache unless memory ran short. */
  readonly #warm = new RegionMap(REGION);
  /** Pages discarded and not written since. */
  readonly #discarded = new RegionMap(PAGE);
  readonly #regions: Buffer[] = [];
  readonly #reads = new Suspicion(SLOW_READ_MS);
  readonly #writes = new Patience(SLOW_WRITE_MS);
  readonly #atomic: DoubleWrite;
  #sizeBytes: number;
  #flushFailure: IscsiError | undefined;

  private constructor(path: string, fd: number, id: string, sizeBytes: number, readOnly: boolean) {
    this.path = path;
    this.#fd = fd;
    this.id = id;
    this.#sizeBytes = sizeBytes;
    this.readOnly = readOnly;
    this.#atomic = new DoubleWrite(`${path}.atomic`);
  }

  /** Opens a file whose size is a whole number of 512-byte blocks. `id` is the path unless given. */
  static async open(path: string, options: { readOnly?: boolean; id?: string } = {}): Promise<FileDisk> {
    const readOnly = options.readOnly ?? false;
    const fd = await promisify(open)(path, readOnly ? 'r' : 'r+').catch((error) => {
      throw new IscsiError('disk_open_failed', `Cannot open ${path}: ${messageOf(error)}.`, {
        cause: error,
        hint: 'Check that the file exists and may be read and written.',
      });
    });
    try {
      const stats = await promisify(fstat)(fd);
      if (!stats.isFile()) {
        throw new IscsiError('disk_not_a_file', `${path} is not a regular file.`, {
          hint: 'Name a raw image file.',
        });
      }
      if (stats.size === 0 || stats.size % BLOCK !== 0) {
        throw new IscsiError('disk_size_invalid', `${path} has ${stats.size} bytes.`, {
          hint: `A disk file is not empty and a multiple of ${BLOCK} bytes; \`truncate -s %${BLOCK} FILE\` rounds it up.`,
        });
      }
      const disk = new FileDisk(path, fd, options.id ?? path, stats.size, readOnly);
      await disk.#finishAtomicWrite();
      return disk;
    } catch (error) {
      await promisify(close)(fd);
      throw error;
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Looks at the file's size again. It only grows: initiators hold what is cut off for theirs. */
  async refresh(): Promise<void> {
    const { size } = await promisify(fstat)(this.#fd);
    this.#sizeBytes = Math.max(this.#sizeBytes, size - (size % BLOCK));
  }

  async read(offsetBytes: number, into: Uint8Array): Promise<void> {
    const start = Math.floor(offsetBytes / REGION) * REGION;
    const end = Math.min(this.sizeBytes, start + REGION);
    if (into.length >= REGION || offsetBytes + into.length > end) {
      await this.#readAll(offsetBytes, into);
      this.#warm.add(offsetBytes, into.length);
      return;
    }
    // Kept for the next one: a buffer for each read would be garbage faster than it is collected.
    const buffer = this.#regions.pop() ?? Buffer.allocUnsafeSlow(REGION);
    const region = buffer.subarray(0, end - start);
    await this.#readAll(start, region);
    into.set(region.subarray(offsetBytes - start, offsetBytes - start + into.length));
    if (this.#regions.length < KEPT_REGIONS) this.#regions.push(buffer);
    this.#warm.add(start, REGION);
  }

  #readAll(offset: number, into: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (done: number): void => {
        read(this.#fd, into, done, into.length - done, offset + done, (error, count) => {
          if (error) reject(error);
          else if (done + count === into.length) resolve();
          else if (count === 0) reject(this.#truncated(offset + done));
          else step(done + count);
        });
      };
      step(0);
    });
  }

  /** Only regions that were read before; where they turn out to be slow their neighbourhood is forgotten. */
  readNow(offsetBytes: number, into: Uint8Array): boolean {
    const started = performance.now();
    if (!this.#warm.covers(offsetBytes, into.length)) return false;
    if (readSync(this.#fd, into, 0, into.length, offsetBytes) !== into.length) return false;
    if (this.#reads.confirmedBy(performance.now() - started)) {
      const first = Math.floor(offsetBytes / NEIGHBOURHOOD) * NEIGHBOURHOOD;
      this.#warm.remove(first, NEIGHBOURHOOD);
    }
    return true;
  }

  write(offsetBytes: number, data: Uint8Array): Promise<void> {
    this.#discarded.remove(offsetBytes, data.length);
    return new Promise((resolve, reject) => {
      const step = (done: number): void => {
        write(this.#fd, data, done, data.length - done, offsetBytes + done, (error, count) => {
          if (error) reject(error);
          else if (done + count === data.length) resolve();
          else step(done + count);
        });
      };
      step(0);
    });
  }

  /** Whole pages go into the page cache without waiting, until the kernel holds its writers back. */
  writeNow(offsetBytes: number, data: Uint8Array): boolean {
    if (data.length > WRITE_NOW_BYTES || offsetBytes % PAGE !== 0 || data.length % PAGE !== 0) return false;
    const started = performance.now();
    if (!this.#writes.allows(started)) return false;
    this.#discarded.remove(offsetBytes, data.length);
    if (writeSync(this.#fd, data, 0, data.length, offsetBytes) !== data.length) return false;
    this.#writes.spent(started, performance.now());
    return true;
  }

  /**
   * The kernel tells of a page that it could not write once, and drops it: a second fdatasync would say yes to data
   * that is gone. So after one failure there is no flush any more until the file is opened anew.
   */
  async flush(): Promise<void> {
    if (this.#flushFailure !== undefined) throw this.#flushFailure;
    try {
      await promisify(fdatasync)(this.#fd);
    } catch (error) {
      this.#flushFailure = new IscsiError(
        'disk_flush_failed',
        `${this.path} could not be written to stable storage: ${messageOf(error)}.`,
        { cause: error, hint: 'Data since the last flush may be lost. See to the disk, then serve it anew.' },
      );
      throw this.#flushFailure;
    }
  }

  async writeAtomic(offsetBytes: number, data: Uint8Array): Promise<void> {
    await this.#atomic.write(offsetBytes, data, async () => {
      this.#discarded.remove(offsetBytes, data.length);
      // In one step, so that no read that is done at once comes in between.
      const written = writeSync(this.#fd, data, 0, data.length, offsetBytes);
      if (written < data.length) await this.write(offsetBytes + written, data.subarray(written));
      await this.flush();
    });
  }

  /** What a crash interrupted; the disk is not used before this is done. */
  async #finishAtomicWrite(): Promise<void> {
    const left = await this.#atomic.unfinished();
    if (left === undefined) return;
    if (this.readOnly) {
      throw new IscsiError(
        'disk_needs_repair',
        `${this.path} was cut off in the middle of an atomic write.`,
        {
          hint: 'Serve it writable once: that finishes the write.',
        },
      );
    }
    await this.write(left.offsetBytes, left.data);
    await this.flush();
    await this.#atomic.clear();
  }

  /** Frees the file's space. Node has no fallocate; util-linux's command does it, on our own descriptor's file. */
  async discard(offsetBytes: number, lengthBytes: number): Promise<void> {
    if (lengthBytes < MIN_HOLE || !(await this.#punch(offsetBytes, lengthBytes))) {
      for (let at = 0; at < lengthBytes; at += ZEROS.length) {
        await this.write(offsetBytes + at, ZEROS.subarray(0, Math.min(ZEROS.length, lengthBytes - at)));
      }
    }
    this.#discarded.add(offsetBytes, lengthBytes);
  }

  /** False where the file system cannot, or the command is missing. */
  #punch(offset: number, length: number): Promise<boolean> {
    const file = `/proc/${process.pid}/fd/${this.#fd}`;
    const args = ['--punch-hole', '--offset', String(offset), '--length', String(length), file];
    return new Promise((resolve) => {
      execFile('fallocate', args, { timeout: 30_000 }, (error) => resolve(error === null));
    });
  }

  async allocated(
    offsetBytes: number,
    lengthBytes: number,
  ): Promise<{ allocated: boolean; lengthBytes: number }> {
    const { set, length } = this.#discarded.run(offsetBytes, Math.min(lengthBytes, MAX_RUN));
    return { allocated: !set, lengthBytes: length };
  }

  async close(): Promise<void> {
    await this.#atomic.close();
    await promisify(close)(this.#fd);
  }

  #truncated(offset: number): IscsiError {
    return new IscsiError(
      'disk_truncated',
      `${this.path} ends before byte ${offset}; it was cut while it was served.`,
    );
  }
}
