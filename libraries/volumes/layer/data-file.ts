import type { Patience } from '../cache/patience.ts';
import type { Residency } from '../cache/residency.ts';
import { fromSystem } from '../errors.ts';
import { BLOCK_BYTES } from '../geometry.ts';
import type { StoredFile } from '../system/file-layer.ts';
import { damaged } from './layer-files.ts';

/** What is believed about the page cache, for all files. */
interface Guesses {
  readonly residency: Residency;
  readonly patience: Patience;
}

/** The data file of one layer, and what is known of its place in the kernel's page cache. */
export class DataFile {
  readonly #layerId: string;
  readonly #file: StoredFile;
  readonly #residency: Residency;
  readonly #patience: Patience;
  readonly #owner: number;

  constructor(layerId: string, file: StoredFile, { residency, patience }: Guesses) {
    this.#layerId = layerId;
    this.#file = file;
    this.#patience = patience;
    this.#residency = residency;
    this.#owner = residency.ownerOf(layerId);
  }

  /** Reads bytes that the map says are here. A file that ends before them is damage, not zeros. */
  async read(position: number, into: Uint8Array): Promise<void> {
    let count: number;
    try {
      count = await this.#file.read(into, position);
    } catch (error) {
      throw fromSystem(error, `reading ${into.length} bytes at ${position} of layer ${this.#layerId}`);
    }
    if (count !== into.length) {
      throw damaged(
        `the data file of layer ${this.#layerId} ends inside the ${into.length} bytes at ${position}`,
      );
    }
  }

  /** The same at once, for bytes that are in the page cache by all we know; false when `read` must be used. */
  readNow(position: number, into: Uint8Array): boolean {
    if (!this.#file.readNow || !this.isResident(position, into.length)) return false;
    const begun = performance.now();
    const filled = this.#file.readNow(into, position);
    this.#residency.observe(this.#owner, blockOf(position), performance.now() - begun);
    return filled;
  }

  async write(position: number, data: Uint8Array): Promise<void> {
    try {
      await this.#file.write(data, position);
    } catch (error) {
      throw fromSystem(error, `writing ${data.length} bytes at ${position} of layer ${this.#layerId}`);
    }
    this.noteResident(position, data.length);
  }

  /** The same at once, while that means no waiting; false when `write` must be used, from the start. */
  writeNow(position: number, data: Uint8Array): boolean {
    const begun = performance.now();
    if (!this.#file.writeNow || !this.#patience.allows(begun)) return false;
    if (!this.#file.writeNow(data, position)) return false;
    this.#patience.took(begun, performance.now());
    this.noteResident(position, data.length);
    return true;
  }

  /** Bytes that were just read or written, and may be trusted if they were read. */
  noteResident(position: number, length: number): void {
    this.#residency.add(this.#owner, blockOf(position), blockOf(position + length - 1));
  }

  isResident(position: number, length: number): boolean {
    return this.#residency.has(this.#owner, blockOf(position), blockOf(position + length - 1));
  }

  /** Blocks below which giving back space is not worth it; undefined where it cannot be done. */
  get minHoleBlocks(): number | undefined {
    return this.#file.punch ? Math.ceil((this.#file.minHoleBytes ?? BLOCK_BYTES) / BLOCK_BYTES) : undefined;
  }

  async punch(firstBlock: number, count: number): Promise<void> {
    await this.#file.punch!(firstBlock * BLOCK_BYTES, count * BLOCK_BYTES);
  }

  /** Durable when resolved. */
  async extend(sizeBytes: number): Promise<void> {
    try {
      await this.#file.truncate(sizeBytes);
      await this.#file.sync();
    } catch (error) {
      throw fromSystem(error, `growing layer ${this.#layerId} to ${sizeBytes} bytes`);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function blockOf(position: number): number {
  return Math.floor(position / BLOCK_BYTES);
}
