/**
 * Writes that a power loss does not tear: the data goes to stable storage in a file beside the disk first, then to its
 * place, then the record is taken back. A record that is found whole when the disk is opened is written to its place
 * again; one that is not whole had not touched the disk yet.
 *
 * The record is taken back, on stable storage, before the write is acknowledged: were it not, a later ordinary write
 * to the same blocks could be undone by it.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../message.ts';

const HEADER = 4096;
const MAGIC = Buffer.from('bullion atomic 1');
const [OFFSET_AT, LENGTH_AT, DIGEST_AT] = [16, 24, 32];
const NO_RECORD = Buffer.alloc(HEADER);

export type AtomicRecord = { offsetBytes: number; data: Buffer };

const digestOf = (header: Uint8Array, data: Uint8Array): Buffer =>
  createHash('sha256').update(header.subarray(0, DIGEST_AT)).update(data).digest();

export class DoubleWrite {
  readonly #path: string;
  #file: Awaited<ReturnType<typeof open>> | undefined;
  /** One at a time: there is one record. */
  #last: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** The write that was under way when the machine stopped, provided that all of it had been recorded. */
  async unfinished(): Promise<AtomicRecord | undefined> {
    const file = await open(this.#path, 'r').catch((error) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (file === undefined) return undefined;
    try {
      const all = await file.readFile();
      if (all.length < HEADER || !all.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
      const data = all.subarray(HEADER, HEADER + all.readUInt32LE(LENGTH_AT));
      const sound = digestOf(all, data).equals(all.subarray(DIGEST_AT, DIGEST_AT + 32));
      return sound ? { offsetBytes: Number(all.readBigUInt64LE(OFFSET_AT)), data } : undefined;
    } finally {
      await file.close();
    }
  }

  /** `place` puts the data in its place, on stable storage. Resolves when it is there for good. */
  write(offsetBytes: number, data: Uint8Array, place: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(async () => {
      await this.record(offsetBytes, data);
      await place();
      await this.clear();
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async record(offsetBytes: number, data: Uint8Array): Promise<void> {
    const header = Buffer.alloc(HEADER);
    MAGIC.copy(header);
    header.writeBigUInt64LE(BigInt(offsetBytes), OFFSET_AT);
    header.writeUInt32LE(data.length, LENGTH_AT);
    digestOf(header, data).copy(header, DIGEST_AT);
    const file = await this.#opened();
    await file.writev([header, data], 0);
    await file.datasync();
  }

  async clear(): Promise<void> {
    const file = await this.#opened();
    await file.write(NO_RECORD, 0, HEADER, 0);
    await file.datasync();
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file?.close();
  }

  async #opened() {
    if (this.#file !== undefined) return this.#file;
    this.#file = await open(this.#path, 'r+').catch(() => open(this.#path, 'w+', 0o600));
    // The file's name has to survive too.
    const folder = await open(dirname(this.#path), 'r');
    await folder.sync().finally(() => folder.close());
    return this.#file;
  }
}
