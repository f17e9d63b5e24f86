/**
 * Cuts a byte stream into PDUs (RFC 7143 11.2). A header that lies whole in the chunk is read where it is; a data
 * segment is copied once, into the place that the handler names for it (the task's buffer). Nothing is
 * concatenated, and no more is held than one header and what the handler chose to provide.
 */
import { PduError } from '../errors.ts';
import { ahsLengthOf, BHS_LENGTH, dataLengthOf, MAX_HEADER_LENGTH, padOf } from './bhs.ts';
import { crc32c, digestAt } from './crc32c.ts';

export type PduHandler = {
  /** Where the data segment of the PDU with this header goes: at least `length` bytes. May throw to end the stream. */
  dataBuffer(header: Uint8Array, at: number, length: number): Uint8Array;
  /** One whole PDU. The header (with its AHS) is borrowed: it is overwritten after the call. */
  pdu(header: Uint8Array, at: number, data: Uint8Array): void;
};

/** Below this a read of its own costs more than a copy. */
const WORTH_LANDING = 16 << 10;

const NO_DATA = new Uint8Array(0);

export class Framer {
  /** Negotiated; they hold from the next PDU on. */
  headerDigest = false;
  dataDigest = false;
  /** Our MaxRecvDataSegmentLength; a longer data segment is an error. */
  maxDataLength: number;

  readonly #handler: PduHandler;
  /** A header that began in an earlier chunk, or whose data segment goes on in a later one. */
  readonly #header = new Uint8Array(MAX_HEADER_LENGTH);
  #headerHeld = 0;
  #data: Uint8Array | undefined;
  #dataLength = 0;
  #dataHeld = 0;
  /** The pad and the data digest. */
  readonly #tail = new Uint8Array(7);
  #tailLength = 0;
  #tailHeld = 0;
  #stopped = false;
  #suspended = false;
  /** What came while suspended; a paused socket still delivers the chunk it had. */
  #later: Uint8Array[] = [];

  constructor(handler: PduHandler, maxDataLength: number) {
    this.#handler = handler;
    this.maxDataLength = maxDataLength;
  }

  /** Nothing that follows is parsed, not even the rest of the present chunk. */
  stop(): void {
    this.#stopped = true;
  }

  /** The PDU being handled is the last one until `resume`; what follows is kept. */
  suspend(): void {
    this.#suspended = true;
  }

  resume(): void {
    this.#suspended = false;
  }

  /** Throws a PduError on a stream that is beyond repair. */
  push(chunk: Uint8Array): void {
    if (this.#later.length > 0 && !this.#suspended) {
      const later = this.#later;
      this.#later = [];
      for (const earlier of later) this.push(earlier);
    }
    let at = 0;
    while (at < chunk.length && !this.#stopped && !this.#suspended) {
      at = this.#data === undefined ? this.#takeHeader(chunk, at) : this.#takeData(chunk, at);
    }
    if (this.#suspended && !this.#stopped && at < chunk.length) this.#later.push(chunk.slice(at));
  }

  /**
   * Where the rest of the data segment goes that has begun, provided that it is long: bytes that are put there by
   * somebody else, from its start, are reported to `landed` and need not be pushed.
   */
  direct(): Uint8Array | undefined {
    if (this.#data === undefined || this.#stopped || this.#suspended || this.#later.length > 0)
      return undefined;
    if (this.#dataLength - this.#dataHeld < WORTH_LANDING) return undefined;
    return this.#data.subarray(this.#dataHeld, this.#dataLength);
  }

  /** Throws as `push` does. */
  landed(length: number): void {
    if (this.#stopped) return;
    this.#dataHeld += length;
    this.#endData();
  }

  #takeHeader(chunk: Uint8Array, at: number): number {
    if (this.#headerHeld === 0 && chunk.length - at >= BHS_LENGTH) {
      const length = this.#headerLength(chunk, at);
      if (chunk.length - at >= length) return this.#begin(chunk, at, length, chunk, at + length);
    }
    at = this.#hold(chunk, at, BHS_LENGTH);
    if (this.#headerHeld < BHS_LENGTH) return at;
    const length = this.#headerLength(this.#header, 0);
    at = this.#hold(chunk, at, length);
    if (this.#headerHeld < length) return at;
    this.#headerHeld = 0;
    return this.#begin(this.#header, 0, length, chunk, at);
  }

  #headerLength(b: Uint8Array, at: number): number {
    return BHS_LENGTH + ahsLengthOf(b, at) + (this.headerDigest ? 4 : 0);
  }

  /** Copies into the held header until it has `length` bytes or the chunk ends. */
  #hold(chunk: Uint8Array, at: number, length: number): number {
    const take = Math.min(length - this.#headerHeld, chunk.length - at);
    if (take <= 0) return at;
    this.#header.set(chunk.subarray(at, at + take), this.#headerHeld);
    this.#headerHeld += take;
    return at + take;
  }

  /** `header[headerAt, +headerLength)` is complete; what follows it stands in `chunk` from `at` on. */
  #begin(header: Uint8Array, headerAt: number, headerLength: number, chunk: Uint8Array, at: number): number {
    if (this.headerDigest) {
      const end = headerAt + headerLength - 4;
      if (crc32c(header, headerAt, end) !== digestAt(header, end)) {
        throw new PduError('digest_mismatch', 'A PDU header does not match its digest.');
      }
    }
    const length = dataLengthOf(header, headerAt);
    if (length === 0) {
      this.#handler.pdu(header, headerAt, NO_DATA);
      return at;
    }
    if (length > this.maxDataLength) {
      throw new PduError(
        'pdu_too_large',
        `A data segment of ${length} bytes; ${this.maxDataLength} are allowed.`,
      );
    }
    const data = this.#handler.dataBuffer(header, headerAt, length);
    const tail = padOf(length) + (this.dataDigest ? 4 : 0);
    if (chunk.length - at >= length + tail) {
      data.set(chunk.subarray(at, at + length));
      const end = at + length + tail;
      if (this.dataDigest) this.#checkData(data, length, chunk, at + length, tail);
      this.#handler.pdu(header, headerAt, data);
      return end;
    }
    if (header !== this.#header) this.#header.set(header.subarray(headerAt, headerAt + headerLength));
    this.#data = data;
    this.#dataLength = length;
    this.#dataHeld = 0;
    this.#tailLength = tail;
    this.#tailHeld = 0;
    return at;
  }

  #takeData(chunk: Uint8Array, at: number): number {
    const data = this.#data!;
    const take = Math.min(this.#dataLength - this.#dataHeld, chunk.length - at);
    if (take > 0) {
      data.set(at === 0 && take === chunk.length ? chunk : chunk.subarray(at, at + take), this.#dataHeld);
      this.#dataHeld += take;
      at += take;
    }
    while (this.#dataHeld === this.#dataLength && this.#tailHeld < this.#tailLength && at < chunk.length) {
      this.#tail[this.#tailHeld] = chunk[at]!;
      this.#tailHeld += 1;
      at += 1;
    }
    this.#endData();
    return at;
  }

  #endData(): void {
    if (this.#dataHeld < this.#dataLength || this.#tailHeld < this.#tailLength) return;
    const data = this.#data!;
    this.#data = undefined;
    if (this.dataDigest) this.#checkData(data, this.#dataLength, this.#tail, 0, this.#tailLength);
    this.#handler.pdu(this.#header, 0, data);
  }

  /** The digest covers the pad as well (section 11.2.4). */
  #checkData(data: Uint8Array, length: number, tail: Uint8Array, at: number, tailLength: number): void {
    const end = at + tailLength - 4;
    const crc = crc32c(tail, at, end, crc32c(data, 0, length));
    if (crc !== digestAt(tail, end))
      throw new PduError('digest_mismatch', 'A data segment does not match its digest.');
  }
}
