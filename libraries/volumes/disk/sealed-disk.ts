import { TurnBudget } from '../cache/turn-budget.ts';
import type { Allocation, CacheFigures, OpenDisk } from '../disk.ts';
import { VolumeError } from '../errors.ts';
import { checkRange } from '../geometry.ts';
import { allocatedIn, type Chain, readThrough, readThroughNow } from './chain.ts';

/** An image or a snapshot, opened for reading. Any number may be open at once. */
export class SealedDisk implements OpenDisk {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly readOnly = true;
  readonly #chain: Chain;
  readonly #turn = new TurnBudget();
  readonly #tally = { hits: 0, misses: 0 };
  readonly #onClose: (disk: SealedDisk) => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(id: string, name: string, chain: Chain, onClose: (disk: SealedDisk) => Promise<void>) {
    this.id = id;
    this.name = name;
    this.sizeBytes = chain[0]!.sizeBytes;
    this.#chain = chain;
    this.#onClose = onClose;
  }

  get chain(): Chain {
    return this.#chain;
  }

  cacheFigures(): CacheFigures {
    return { ...this.#tally };
  }

  async allocated(offsetBytes: number, lengthBytes: number): Promise<Allocation> {
    this.#check('look', offsetBytes, lengthBytes);
    return allocatedIn(this.#chain, offsetBytes, lengthBytes);
  }

  readNow(offsetBytes: number, into: Uint8Array): boolean {
    this.#check('read', offsetBytes, into.length);
    return readThroughNow(this.#chain, offsetBytes, into, this.#turn, this.#tally);
  }

  async read(offsetBytes: number, into: Uint8Array): Promise<void> {
    if (!this.readNow(offsetBytes, into)) await readThrough(this.#chain, offsetBytes, into, this.#tally);
  }

  writeNow(): boolean {
    return false; // `write` says why
  }

  async write(): Promise<void> {
    this.#refuse('write');
  }

  /** Nothing is ever waiting to be written here. */
  async flush(): Promise<void> {}

  async discard(): Promise<void> {
    this.#refuse('discard');
  }

  close(): Promise<void> {
    this.#closing ??= this.#onClose(this);
    return this.#closing;
  }

  #check(what: string, offsetBytes: number, lengthBytes: number): void {
    if (this.#closing) {
      throw new VolumeError('closed', `${what} on ${this.name}: it is closed`, 'Open it again.');
    }
    checkRange(offsetBytes, lengthBytes, this.sizeBytes, `${what} on ${this.name}`);
  }

  #refuse(what: string): never {
    throw new VolumeError(
      'read-only',
      `${what} on ${this.name}: it is sealed`,
      'Clone it and write to the clone.',
    );
  }
}
