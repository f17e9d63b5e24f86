import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as promises from 'node:fs/promises';
import type { FileLayer, StoredFile } from './file-layer.ts';

/** The machine's own files. Callback calls, since they cost a third less per operation than FileHandle's. */
export const nativeFiles: FileLayer = {
  create: (path) => openNative(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL),
  open: (path, writable) => openNative(path, writable ? fs.constants.O_RDWR : fs.constants.O_RDONLY),
  remove: (path) => promises.rm(path, { force: true }),
  list: (folder) => promises.readdir(folder),
  async allocatedBytes(path) {
    // st_blocks is in units of 512 bytes on Linux, whatever the file system's own block.
    return (await promises.stat(path)).blocks * 512;
  },
  async syncFolder(folder) {
    const handle = await promises.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

function openNative(path: string, flags: number): Promise<StoredFile> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, 0o600, (error, fd) => (error ? reject(error) : resolve(new NativeFile(path, fd))));
  });
}

class NativeFile implements StoredFile {
  readonly #path: string;
  readonly #fd: number;
  #underWay = 0;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#run((done) => {
      let filled = 0;
      const step = () => {
        fs.read(this.#fd, into, filled, into.length - filled, position + filled, (error, count) => {
          if (error) return done(error, filled);
          filled += count;
          if (count === 0 || filled === into.length) return done(null, filled);
          step();
        });
      };
      step();
    });
  }

  readNow(into: Uint8Array, position: number): boolean {
    if (this.#closed) return false;
    try {
      return fs.readSync(this.#fd, into, 0, into.length, position) === into.length;
    } catch {
      return false; // `read` will say why
    }
  }

  write(data: Uint8Array, position: number): Promise<void> {
    return this.#run((done) => {
      let written = 0;
      const step = () => {
        fs.write(this.#fd, data, written, data.length - written, position + written, (error, count) => {
          if (error) return done(error, undefined);
          written += count;
          if (written === data.length) return done(null, undefined);
          step();
        });
      };
      step();
    });
  }

  writeNow(data: Uint8Array, position: number): boolean {
    if (this.#closed) return false;
    try {
      return fs.writeSync(this.#fd, data, 0, data.length, position) === data.length;
    } catch {
      return false; // `write` will say why
    }
  }

  /**
   * Node has no fallocate, so util-linux's does it, on our own descriptor: a path could by then be another file's.
   * A process costs about 2 ms, which sets the smallest hole.
   */
  readonly minHoleBytes = 256 * 1024;

  punch(position: number, lengthBytes: number): Promise<void> {
    return this.#run((done) => {
      const range = ['--offset', String(position), '--length', String(lengthBytes)];
      const child = spawn('fallocate', ['--punch-hole', ...range, '/proc/self/fd/3'], {
        stdio: ['ignore', 'ignore', 'ignore', this.#fd],
        timeout: 30_000,
        killSignal: 'SIGKILL',
      });
      let failure: Error | undefined;
      child.once('error', (error) => (failure = error));
      child.once('close', (code) => {
        if (code !== 0) failure ??= new Error(`fallocate on ${this.#path} ended with ${code}`);
        done(failure, undefined);
      });
    });
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#run((done) => fs.ftruncate(this.#fd, sizeBytes, (error) => done(error, undefined)));
  }

  sync(): Promise<void> {
    return this.#run((done) => fs.fdatasync(this.#fd, (error) => done(error, undefined)));
  }

  size(): Promise<number> {
    return this.#run((done) => fs.fstat(this.#fd, (error, stat) => done(error, error ? 0 : stat.size)));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    await new Promise<void>((resolve, reject) => {
      fs.close(this.#fd, (error) => (error ? reject(error) : resolve()));
    });
  }

  /**
   * Counts the operations under way. The kernel gives a closed descriptor's number to the next file that is
   * opened: an operation still in the thread pool would then read or write another volume's file.
   */
  #run<T>(start: (done: (error: Error | null | undefined, value: T) => void) => void): Promise<T> {
    if (this.#closed) return Promise.reject(new Error(`${this.#path} is closed`));
    this.#underWay += 1;
    return new Promise((resolve, reject) => {
      start((error, value) => {
        this.#underWay -= 1;
        if (this.#underWay === 0) this.#idle?.();
        if (error) reject(error);
        else resolve(value);
      });
    });
  }
}
