/** A disk in memory, for tests and benchmarks. */
import { IscsiError } from '../errors.ts';
import { BLOCK, type Disk } from '../scsi/disk.ts';

export class MemoryDisk implements Disk {
  readonly id: string;
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  readonly bytes: Buffer;
  flushes = 0;
  /** One entry a logical block: 1 when it was written since it was last discarded. */
  readonly #allocated: Uint8Array;

  constructor(sizeBytes: number, options: { id?: string; readOnly?: boolean } = {}) {
    this.id = options.id ?? `memory-${sizeBytes}`;
    this.sizeBytes = sizeBytes;
    this.readOnly = options.readOnly ?? false;
    this.bytes = Buffer.alloc(sizeBytes);
    this.#allocated = new Uint8Array(Math.ceil(sizeBytes / BLOCK));
  }

  async read(offsetBytes: number, into: Uint8Array): Promise<void> {
    this.readNow(offsetBytes, into);
  }

  readNow(offsetBytes: number, into: Uint8Array): boolean {
    this.#check(offsetBytes, into.length);
    this.bytes.copy(into, 0, offsetBytes, offsetBytes + into.length);
    return true;
  }

  async write(offsetBytes: number, data: Uint8Array): Promise<void> {
    this.#check(offsetBytes, data.length);
    this.bytes.set(data, offsetBytes);
    this.#mark(offsetBytes, data.length, 1);
  }

  async writeAtomic(offsetBytes: number, data: Uint8Array): Promise<void> {
    await this.write(offsetBytes, data);
  }

  async flush(): Promise<void> {
    this.flushes += 1;
  }

  async discard(offsetBytes: number, lengthBytes: number): Promise<void> {
    this.#check(offsetBytes, lengthBytes);
    this.bytes.fill(0, offsetBytes, offsetBytes + lengthBytes);
    this.#mark(offsetBytes, lengthBytes, 0);
  }

  async allocated(
    offsetBytes: number,
    lengthBytes: number,
  ): Promise<{ allocated: boolean; lengthBytes: number }> {
    const first = Math.floor(offsetBytes / BLOCK);
    const state = this.#allocated[first];
    const end = offsetBytes + lengthBytes;
    let block = first + 1;
    while (block * BLOCK < end && this.#allocated[block] === state) block += 1;
    return { allocated: state === 1, lengthBytes: Math.min(end, block * BLOCK) - offsetBytes };
  }

  #mark(offset: number, length: number, state: 0 | 1): void {
    this.#allocated.fill(state, Math.floor(offset / BLOCK), Math.ceil((offset + length) / BLOCK));
  }

  #check(offset: number, length: number): void {
    if (offset >= 0 && offset + length <= this.sizeBytes) return;
    throw new IscsiError(
      'out_of_bounds',
      `Bytes ${offset} to ${offset + length} of a disk of ${this.sizeBytes}.`,
    );
  }
}
