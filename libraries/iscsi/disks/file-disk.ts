/** A raw file as a disk. */
import { execFile } from 'node:child_process';
import { close, fdatasync, fstat, open, read, write } from 'node:fs';
import { promisify } from 'node:util';
import { IscsiError } from '../errors.ts';
import { BLOCK, type Disk } from '../scsi/disk.ts';
import { messageOf } from '../message.ts';

/** Below this, writing zeros is cheaper than starting the process that punches a hole. */
const MIN_HOLE = 1 << 20;
const ZEROS = Buffer.alloc(MIN_HOLE);

export class FileDisk implements Disk {
  readonly id: string;
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  readonly path: string;
  readonly #fd: number;

  private constructor(path: string, fd: number, id: string, sizeBytes: number, readOnly: boolean) {
    this.path = path;
    this.#fd = fd;
    this.id = id;
    this.sizeBytes = sizeBytes;
    this.readOnly = readOnly;
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
      const { size } = await promisify(fstat)(fd);
      if (size === 0 || size % BLOCK !== 0) {
        throw new IscsiError('disk_size_invalid', `${path} has ${size} bytes.`, {
          hint: `A disk file is not empty and a multiple of ${BLOCK} bytes; \`truncate -s %${BLOCK} FILE\` rounds it up.`,
        });
      }
      return new FileDisk(path, fd, options.id ?? path, size, readOnly);
    } catch (error) {
      await promisify(close)(fd);
      throw error;
    }
  }

  read(offsetBytes: number, into: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (done: number): void => {
        read(this.#fd, into, done, into.length - done, offsetBytes + done, (error, count) => {
          if (error) reject(error);
          else if (done + count === into.length) resolve();
          else if (count === 0) reject(this.#truncated(offsetBytes + done));
          else step(done + count);
        });
      };
      step(0);
    });
  }

  write(offsetBytes: number, data: Uint8Array): Promise<void> {
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

  flush(): Promise<void> {
    return promisify(fdatasync)(this.#fd);
  }

  /** Frees the file's space. Node has no fallocate; util-linux's command does it, on our own descriptor's file. */
  async discard(offsetBytes: number, lengthBytes: number): Promise<void> {
    if (lengthBytes >= MIN_HOLE && (await this.#punch(offsetBytes, lengthBytes))) return;
    for (let at = 0; at < lengthBytes; at += ZEROS.length) {
      await this.write(offsetBytes + at, ZEROS.subarray(0, Math.min(ZEROS.length, lengthBytes - at)));
    }
  }

  /** False where the file system cannot, or the command is missing. */
  #punch(offset: number, length: number): Promise<boolean> {
    const args = ['--punch-hole', '--offset', String(offset), '--length', String(length), `/proc/${process.pid}/fd/${this.#fd}`];
    return new Promise((resolve) => {
      execFile('fallocate', args, { timeout: 30_000 }, (error) => resolve(error === null));
    });
  }

  close(): Promise<void> {
    return promisify(close)(this.#fd);
  }

  #truncated(offset: number): IscsiError {
    return new IscsiError('disk_truncated', `${this.path} ends before byte ${offset}; it has been cut while it was served.`);
  }
}
