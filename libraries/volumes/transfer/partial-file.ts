import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { checkSignal } from '../errors.ts';
import { writeWhole } from '../system/whole.ts';
import { TransferError } from './errors.ts';

/** Kept beside the file as JSON. */
interface State {
  /** What is being fetched: a partial file of something else is of no use. */
  readonly identity: string;
  /** Bytes known to be on the disk; what lies beyond may be holes after a power loss. */
  readonly syncedBytes: number;
  /** The server's name for this version of the content, fit for If-Range. */
  readonly validator?: string;
  readonly totalBytes?: number;
}

const SYNC_BYTES = 32 * 1024 * 1024;

/** Partial files that are being written in this process. */
const busy = new Set<string>();

/** A download as far as it has come. It survives a kill and a power loss, up to its last sync. */
export class PartialFile {
  readonly path: string;
  readonly #identity: string;
  readonly #file: FileHandle;
  #bytes = 0;
  #syncedBytes = 0;
  #validator: string | undefined;
  #totalBytes: number | undefined;

  private constructor(path: string, identity: string, file: FileHandle) {
    this.path = path;
    this.#identity = identity;
    this.#file = file;
  }

  static async open(path: string, identity: string): Promise<PartialFile> {
    if (busy.has(path)) {
      throw new TransferError(
        'busy',
        `${identity} is being fetched already`,
        'Wait for the import under way.',
      );
    }
    busy.add(path);
    let file: FileHandle | undefined;
    try {
      const state = await readState(path);
      file = await open(path, state ? 'r+' : 'w').catch(() => open(path, 'w'));
      const partial = new PartialFile(path, identity, file);
      const sizeBytes = (await file.stat()).size;
      if (state?.identity === identity && sizeBytes >= state.syncedBytes) {
        partial.#bytes = partial.#syncedBytes = state.syncedBytes;
        partial.#validator = state.validator;
        partial.#totalBytes = state.totalBytes;
      }
      await file.truncate(partial.#bytes);
      return partial;
    } catch (error) {
      await file?.close();
      busy.delete(path);
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  get validator(): string | undefined {
    return this.#validator;
  }

  get totalBytes(): number | undefined {
    return this.#totalBytes;
  }

  async startOver(validator?: string, totalBytes?: number): Promise<void> {
    this.#bytes = this.#syncedBytes = 0;
    this.#validator = validator;
    this.#totalBytes = totalBytes;
    // The state goes first: an old length must not vouch for new bytes.
    await this.#save();
    await this.#file.truncate(0);
  }

  async append(bytes: Uint8Array): Promise<void> {
    await writeWhole(this.#file, bytes, this.#bytes);
    this.#bytes += bytes.length;
    if (this.#bytes - this.#syncedBytes >= SYNC_BYTES) await this.sync();
  }

  async sync(): Promise<void> {
    await this.#file.datasync();
    this.#syncedBytes = this.#bytes;
    await this.#save();
  }

  /** Reads all of it. */
  async digest(algorithm: 'sha256' | 'sha512', signal?: AbortSignal): Promise<string> {
    const hash = createHash(algorithm);
    for await (const chunk of createReadStream(this.path, { highWaterMark: 1 << 20 })) {
      checkSignal(signal, `checking ${this.path}`);
      hash.update(chunk as Buffer);
    }
    return hash.digest('hex');
  }

  /** Lets go of the file; it stays. */
  async close(): Promise<void> {
    await this.#file.close();
    busy.delete(this.path);
  }

  static async remove(path: string): Promise<void> {
    await rm(path, { force: true });
    await rm(statePath(path), { force: true });
  }

  async #save(): Promise<void> {
    const state: State = {
      identity: this.#identity,
      syncedBytes: this.#syncedBytes,
      validator: this.#validator,
      totalBytes: this.#totalBytes,
    };
    const path = statePath(this.path);
    await writeFile(`${path}.new`, JSON.stringify(state), { flush: true });
    await rename(`${path}.new`, path);
  }
}

const statePath = (path: string): string => `${path}.json`;

async function readState(path: string): Promise<State | undefined> {
  try {
    return JSON.parse(await readFile(statePath(path), 'utf8')) as State;
  } catch {
    return undefined; // none, or one that a power loss cut off: the download begins anew
  }
}
