/** How a PDU lies in memory: header, header digest, data, pad, data digest (RFC 7143 11.2). */
import { BHS_LENGTH, padOf } from '../pdu/bhs.ts';
import { crc32c, putDigest } from '../pdu/crc32c.ts';

export class FrameFormat {
  headerDigest = false;
  dataDigest = false;

  /** From the PDU's start to its data. */
  get dataAt(): number {
    return this.headerDigest ? BHS_LENGTH + 4 : BHS_LENGTH;
  }

  /** Of the whole PDU; a PDU without data has no data digest. */
  length(dataLength: number): number {
    return this.dataAt + (dataLength === 0 ? 0 : dataLength + this.tail(dataLength));
  }

  /** Pad and data digest. */
  tail(dataLength: number): number {
    return padOf(dataLength) + (this.dataDigest ? 4 : 0);
  }

  /** Once the header stands at `at`. */
  sealHeader(b: Uint8Array, at: number): void {
    if (this.headerDigest) putDigest(b, at + BHS_LENGTH, crc32c(b, at, at + BHS_LENGTH));
  }

  /** Once header and data stand in place: the pad and the digests. */
  seal(b: Uint8Array, at: number, dataLength: number): void {
    this.sealHeader(b, at);
    if (dataLength === 0) return;
    const data = at + this.dataAt;
    let end = data + dataLength;
    for (let pad = padOf(dataLength); pad > 0; pad -= 1) b[end++] = 0;
    if (this.dataDigest) putDigest(b, end, crc32c(b, data, end));
  }

  /** The same for data that stands elsewhere: writes pad and digest to `tail[at]`. */
  sealTail(data: Uint8Array, tail: Uint8Array, at: number): void {
    const pad = padOf(data.length);
    tail.fill(0, at, at + pad);
    if (this.dataDigest) putDigest(tail, at + pad, crc32c(tail, at, at + pad, crc32c(data)));
  }
}
