/**
 * The outgoing side of a connection. PDUs that are ready at once are laid one after the other into a slab, so that a
 * whole batch leaves in one system call; buffers that were filled elsewhere are put in between, without a copy.
 */
import type { Socket } from 'node:net';
import type { BufferPool } from './buffer-pool.ts';

const SLAB = 256 << 10;
/** Above this much unsent data no more is produced, and nothing more is read from the initiator. */
const HIGH_WATER = 2 << 20;

type Slab = { bytes: Buffer; inFlight: number };
type Batch = { bytes: number; slab: Slab | undefined; retired: Slab[]; buffers: Buffer[] };

export class Sender {
  /** Where the last `claim` points into. */
  buffer: Buffer;
  readonly #socket: Socket;
  readonly #pool: BufferPool;
  #slab: Slab;
  #from = 0;
  #to = 0;
  #segments: Buffer[] = [];
  #buffers: Buffer[] = [];
  #retired: Slab[] = [];
  #queued = 0;
  readonly #batches: Batch[] = [];
  #inFlight = 0;
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(socket: Socket, pool: BufferPool) {
    this.#socket = socket;
    this.#pool = pool;
    this.#slab = { bytes: pool.take(SLAB), inFlight: 0 };
    this.buffer = this.#slab.bytes;
  }

  /** Room for `length` bytes, which the caller must fill before it yields; returns the offset in `buffer`. */
  claim(length: number): number {
    if (this.#to + length > this.#slab.bytes.length) this.#newSlab(length);
    const at = this.#to;
    this.#to += length;
    return at;
  }

  /** Takes the last claim back. */
  unclaim(length: number): void {
    this.#to -= length;
  }

  /** Queues bytes; `owner` goes back to the pool when they are sent. */
  push(bytes: Buffer, owner?: Buffer): void {
    this.#closeSegment();
    this.#segments.push(bytes);
    this.#queued += bytes.length;
    if (owner !== undefined) this.#buffers.push(owner);
  }

  get congested(): boolean {
    return this.#inFlight + this.#queued > HIGH_WATER;
  }

  get isEmpty(): boolean {
    return this.#inFlight === 0 && this.#segments.length === 0 && this.#to === this.#from;
  }

  /** Resolves when there is room again, or the connection is gone. */
  room(): Promise<void> {
    if (!this.congested || this.#closed) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Hands everything to the socket in one go. */
  flush(): void {
    this.#closeSegment();
    const segments = this.#segments;
    if (segments.length === 0 || this.#closed) return;
    this.#slab.inFlight += 1;
    this.#batches.push({
      bytes: this.#queued,
      slab: this.#slab,
      retired: this.#retired,
      buffers: this.#buffers,
    });
    this.#inFlight += this.#queued;
    this.#queued = 0;
    this.#segments = [];
    this.#buffers = [];
    this.#retired = [];
    if (segments.length === 1) {
      this.#socket.write(segments[0]!, this.#written);
      return;
    }
    this.#socket.cork();
    const last = segments.length - 1;
    for (let i = 0; i < last; i += 1) this.#socket.write(segments[i]!);
    this.#socket.write(segments[last]!, this.#written);
    this.#socket.uncork();
  }

  /** The socket is gone; nobody waits for it any more. Buffers in flight are left to the garbage collector. */
  close(): void {
    this.#closed = true;
    this.#segments = [];
    this.#wake();
  }

  #closeSegment(): void {
    if (this.#to === this.#from) return;
    this.#segments.push(this.#slab.bytes.subarray(this.#from, this.#to));
    this.#queued += this.#to - this.#from;
    this.#from = this.#to;
  }

  #newSlab(length: number): void {
    this.#closeSegment();
    this.#retired.push(this.#slab);
    this.#slab = { bytes: this.#pool.take(Math.max(SLAB, length)), inFlight: 0 };
    this.buffer = this.#slab.bytes;
    this.#from = 0;
    this.#to = 0;
  }

  /** Writes complete in the order in which they were made. */
  readonly #written = (): void => {
    const batch = this.#batches.shift()!;
    this.#inFlight -= batch.bytes;
    for (const buffer of batch.buffers) this.#pool.give(buffer);
    batch.slab!.inFlight -= 1;
    for (const slab of batch.retired) if (slab.inFlight === 0) this.#pool.give(slab.bytes);
    // All of the slab is sent: the next batch starts at its beginning, which is warm in the CPU's cache.
    if (this.#slab.inFlight === 0 && this.#to === this.#from && !this.#slabHasSegments()) {
      this.#from = 0;
      this.#to = 0;
    }
    if (!this.congested) this.#wake();
  };

  #slabHasSegments(): boolean {
    return this.#segments.length > 0;
  }

  #wake(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
