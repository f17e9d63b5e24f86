/**
 * The outgoing side of a connection. PDUs that are ready at once are laid one after the other into a slab, so that a
 * whole batch leaves in one system call; buffers that were filled elsewhere are put in between, without a copy.
 */
import type { Socket } from 'node:net';
import type { BufferPool } from './buffer-pool.ts';

/** A slab is as long as what was sent at a time lately: many sessions that send little must not hold much. */
const LARGEST_SLAB = 256 << 10;
const SMALLEST_SLAB = 4 << 10;
/** Above this much unsent data no more is produced, and nothing more is read from the initiator. */
const HIGH_WATER = 2 << 20;
/** The same when all connections together hold much. */
const HIGH_WATER_WHEN_SHORT = 256 << 10;

const NO_BYTES = Buffer.alloc(0);

type Slab = { bytes: Buffer; inFlight: number };
type Batch = { bytes: number; slab: Slab | undefined; retired: Slab[]; buffers: Buffer[] };

export class Sender {
  /** Where the last `claim` points into. */
  buffer: Buffer;
  readonly #socket: Socket;
  readonly #pool: BufferPool;
  /** Given back whenever all is sent: an idle connection has none, and the next one to send finds it warm. */
  #slab: Slab | undefined;
  #from = 0;
  #to = 0;
  #segments: Buffer[] = [];
  #buffers: Buffer[] = [];
  #retired: Slab[] = [];
  #queued = 0;
  /** Bytes claimed since the last flush, and about how many that is usually. */
  #claimed = 0;
  #usual = SMALLEST_SLAB;
  /** Bytes that are being read from the disk, to be pushed. */
  #reserved = 0;
  readonly #batches: Batch[] = [];
  #inFlight = 0;
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(socket: Socket, pool: BufferPool) {
    this.#socket = socket;
    this.#pool = pool;
    this.buffer = NO_BYTES;
  }

  /** Room for `length` bytes, which the caller must fill before it yields; returns the offset in `buffer`. */
  claim(length: number): number {
    if (this.#to + length > this.buffer.length) this.#newSlab(length);
    const at = this.#to;
    this.#to += length;
    this.#claimed += length;
    return at;
  }

  /** Takes the last claim back. */
  unclaim(length: number): void {
    this.#to -= length;
    this.#claimed -= length;
  }

  /** Queues bytes; `owner` goes back to the pool when they are sent. */
  push(bytes: Buffer, owner?: Buffer): void {
    this.#closeSegment();
    this.#segments.push(bytes);
    this.#count(bytes.length);
    if (owner !== undefined) this.#buffers.push(owner);
  }

  /** Counts bytes as unsent from when they take memory on; `unreserve` when they are pushed, or will not be. */
  reserve(bytes: number): void {
    this.#reserved += bytes;
    this.#pool.hold(bytes);
  }

  unreserve(bytes: number): void {
    this.#reserved -= bytes;
    this.#pool.release(bytes);
    if (this.#waiting.length > 0 && !this.congested) this.#wake();
  }

  get congested(): boolean {
    const unsent = this.#inFlight + this.#queued + this.#reserved;
    return unsent > HIGH_WATER || (unsent > HIGH_WATER_WHEN_SHORT && this.#pool.isShort);
  }

  get isEmpty(): boolean {
    return this.#inFlight === 0 && this.#segments.length === 0 && this.#to === this.#from;
  }

  /** Resolves when there is room again, or the connection is gone. */
  async room(): Promise<void> {
    // Those that wait are woken together, and the first one may take it all.
    while (this.congested && !this.#closed) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Hands everything to the socket in one go. */
  flush(): void {
    this.#closeSegment();
    const segments = this.#segments;
    if (segments.length === 0 || this.#closed) return;
    if (this.#slab !== undefined) this.#slab.inFlight += 1;
    this.#batches.push({
      bytes: this.#queued,
      slab: this.#slab,
      retired: this.#retired,
      buffers: this.#buffers,
    });
    this.#inFlight += this.#queued;
    this.#usual = Math.min(LARGEST_SLAB, Math.max(SMALLEST_SLAB, this.#claimed, this.#usual >> 1));
    this.#claimed = 0;
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
    if (!this.#closed) this.#pool.release(this.#queued + this.#inFlight);
    this.#closed = true;
    this.#segments = [];
    this.#wake();
  }

  #closeSegment(): void {
    if (this.#to === this.#from) return;
    this.#segments.push(this.buffer.subarray(this.#from, this.#to));
    this.#count(this.#to - this.#from);
    this.#from = this.#to;
  }

  #count(bytes: number): void {
    this.#queued += bytes;
    if (!this.#closed) this.#pool.hold(bytes);
  }

  #newSlab(length: number): void {
    this.#closeSegment();
    if (this.#slab !== undefined) this.#retired.push(this.#slab);
    // When the usual turns out to be too little, twice as much may do.
    const size = Math.min(LARGEST_SLAB, Math.max(this.#usual, this.#claimed * 2));
    this.#slab = { bytes: this.#pool.take(Math.max(size, length)), inFlight: 0 };
    this.buffer = this.#slab.bytes;
    this.#from = 0;
    this.#to = 0;
  }

  /** Writes complete in the order in which they were made. */
  readonly #written = (): void => {
    const batch = this.#batches.shift()!;
    this.#inFlight -= batch.bytes;
    if (!this.#closed) this.#pool.release(batch.bytes);
    for (const buffer of batch.buffers) this.#pool.give(buffer);
    if (batch.slab !== undefined) batch.slab.inFlight -= 1;
    for (const slab of batch.retired) if (slab.inFlight === 0) this.#pool.give(slab.bytes);
    if (this.#slab?.inFlight === 0 && this.#to === this.#from && this.#segments.length === 0) {
      this.#pool.give(this.#slab.bytes);
      this.#slab = undefined;
      this.buffer = NO_BYTES;
      this.#from = 0;
      this.#to = 0;
    }
    if (!this.congested) this.#wake();
  };

  #wake(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
