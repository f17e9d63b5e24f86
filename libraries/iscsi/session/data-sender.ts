/**
 * Sends the data of reads as Data-In PDUs (RFC 7143 11.7), the status in the last one. A small read that needs no
 * waiting is read straight into the outgoing slab; others into a pooled frame, several at a time.
 */
import { type DataIn, writeDataIn } from '../pdu/data-in.ts';
import { BLOCK, PHYSICAL_BLOCK } from '../scsi/disk.ts';
import { senseOfDiskError } from '../scsi/logical-unit.ts';
import { check, GOOD, type Reply } from '../scsi/reply.ts';
import type { Session } from './session.ts';
import type { Task } from './task.ts';

/** Above this a synchronous read would keep other sessions waiting longer than a thread's round trip takes. */
const READ_NOW_BYTES = 32 << 10;
/** What is read from the disk at a time. */
const CHUNK = 256 << 10;

export class DataSender {
  readonly #session: Session;
  /** One record for all PDUs: it is written out before the next one is made. */
  readonly #header: DataIn = {
    final: true,
    status: 0,
    itt: 0,
    dataSn: 0,
    bufferOffset: 0,
    residual: 0,
    statSn: 0,
    expCmdSn: 0,
    maxCmdSn: 0,
  };

  constructor(session: Session) {
    this.#session = session;
  }

  /** A READ of `length` bytes of the disk, of which the initiator takes no more than it announced. */
  read(task: Task, offset: number, length: number): void {
    const wanted = Math.min(length, task.expectedIn);
    const residual = length - task.expectedIn;
    if (wanted === 0) {
      this.#session.tasks.respond(task, GOOD, residual, 0);
      return;
    }
    if (!this.#readNow(task, offset, wanted, residual)) void this.#stream(task, offset, wanted, residual);
  }

  #readNow(task: Task, offset: number, length: number, residual: number): boolean {
    const { target, connection, parameters } = this.#session;
    const { disk } = target!.unit;
    const { sender, format } = connection;
    if (disk.readNow === undefined || length > READ_NOW_BYTES || length > parameters.initiatorMaxRecv)
      return false;
    if (sender.congested) return false;
    const frame = format.length(length);
    const at = sender.claim(frame);
    const data = at + format.dataAt;
    let done = false;
    try {
      done = disk.readNow(offset, sender.buffer.subarray(data, data + length));
    } finally {
      if (!done) sender.unclaim(frame);
    }
    if (!done) return false;
    this.#lastFrame(task, sender.buffer, at, 0, 0, length, residual);
    connection.flushSoon(this.#session.tasks.size === 0);
    return true;
  }

  /** The Data-In that ends the task, with its data in place. */
  #lastFrame(
    task: Task,
    b: Uint8Array,
    at: number,
    dataSn: number,
    bufferOffset: number,
    length: number,
    residual: number,
  ): void {
    const session = this.#session;
    session.tasks.end(task);
    this.#writeHeader(task, b, at, dataSn, bufferOffset, length, true, residual);
    session.connection.format.seal(b, at, length);
  }

  #writeHeader(
    task: Task,
    b: Uint8Array,
    at: number,
    dataSn: number,
    bufferOffset: number,
    length: number,
    last: boolean,
    residual: number,
    final = last,
  ): void {
    const h = this.#header;
    h.final = final;
    h.status = last ? 0 : undefined;
    h.itt = task.itt;
    h.dataSn = dataSn;
    h.bufferOffset = bufferOffset;
    h.residual = residual;
    h.statSn = last ? this.#session.takeStatSn() : 0;
    h.expCmdSn = this.#session.window.expCmdSn;
    h.maxCmdSn = this.#session.window.maxCmdSn;
    writeDataIn(h, length, b, at);
  }

  async #stream(task: Task, offset: number, wanted: number, residual: number): Promise<void> {
    const session = this.#session;
    session.tasks.activity.begin();
    let dataSn = 0;
    let error: unknown;
    try {
      for (let sent = 0; sent < wanted; ) {
        await this.#room();
        if (task.aborted || !session.isAlive) break;
        const length = Math.min(CHUNK, wanted - sent);
        const last = sent + length === wanted;
        if (length <= session.parameters.initiatorMaxRecv && this.#inOneBurst(sent, length)) {
          await this.#sendFrame(task, offset + sent, dataSn, sent, length, last, residual);
          dataSn += 1;
        } else dataSn = await this.#sendChunk(task, offset + sent, dataSn, sent, length, last, residual);
        sent += length;
      }
    } catch (caught) {
      error = caught ?? new Error('The disk failed.');
    }
    session.tasks.activity.end();
    if (task.aborted || !session.isAlive) session.tasks.rest(task);
    else if (error !== undefined) {
      const sense = senseOfDiskError(error, 'read', Math.floor(offset / BLOCK));
      session.tasks.respond(task, check(sense), residual, dataSn);
    }
  }

  #room(): Promise<void> | undefined {
    const { sender } = this.#session.connection;
    return sender.congested ? sender.room() : undefined;
  }

  /** A pooled buffer of `size` bytes, filled from `at` on; undefined, and given back, when nobody wants it any more. */
  async #filled(task: Task, size: number, at: number, diskOffset: number, length: number) {
    const session = this.#session;
    const { sender } = session.connection;
    sender.reserve(size);
    const buffer = session.pool.take(size);
    let wanted = false;
    try {
      await session.target!.unit.disk.read(diskOffset, buffer.subarray(at, at + length));
      wanted = !task.aborted && session.isAlive;
    } finally {
      sender.unreserve(size);
      if (!wanted) session.pool.give(buffer);
    }
    return wanted ? buffer : undefined;
  }

  /**
   * One PDU whose data is read next to its header. Whole blocks are read, which spares the disk from copying parts of
   * them; what is too much before the data is overwritten by the header, and what is after it is not sent.
   */
  async #sendFrame(
    task: Task,
    diskOffset: number,
    dataSn: number,
    bufferOffset: number,
    length: number,
    last: boolean,
    residual: number,
  ): Promise<void> {
    const session = this.#session;
    const { format, sender } = session.connection;
    const { sizeBytes } = session.target!.unit.disk;
    const from = diskOffset - (diskOffset % PHYSICAL_BLOCK);
    const end = Math.min(sizeBytes, Math.ceil((diskOffset + length) / PHYSICAL_BLOCK) * PHYSICAL_BLOCK);
    const lead = diskOffset - from;
    const readAt = Math.max(0, format.dataAt - lead);
    const at = readAt + lead - format.dataAt;
    const size = format.length(length);
    const buffer = await this.#filled(
      task,
      Math.max(at + size, readAt + end - from),
      readAt,
      from,
      end - from,
    );
    if (buffer === undefined) return;
    if (last) this.#lastFrame(task, buffer, at, dataSn, bufferOffset, length, residual);
    else {
      const endsBurst = this.#endsBurst(bufferOffset + length);
      this.#writeHeader(task, buffer, at, dataSn, bufferOffset, length, false, 0, endsBurst);
      format.seal(buffer, at, length);
    }
    sender.push(buffer.subarray(at, at + size), buffer);
    session.connection.flushSoon(session.tasks.size === 0);
  }

  #inOneBurst(offset: number, length: number): boolean {
    const { maxBurstLength } = this.#session.parameters;
    return Math.floor(offset / maxBurstLength) === Math.floor((offset + length - 1) / maxBurstLength);
  }

  /** F marks the end of each sequence of MaxBurstLength (11.7.1). */
  #endsBurst(end: number): boolean {
    return end % this.#session.parameters.maxBurstLength === 0;
  }

  /** Several PDUs, since the initiator takes only small ones: the data is read once, headers are put between. */
  async #sendChunk(
    task: Task,
    diskOffset: number,
    dataSn: number,
    bufferOffset: number,
    length: number,
    last: boolean,
    residual: number,
  ): Promise<number> {
    const session = this.#session;
    const chunk = await this.#filled(task, length, 0, diskOffset, length);
    if (chunk === undefined) return dataSn;
    const after = this.#pushPieces(
      task,
      chunk.subarray(0, length),
      chunk,
      dataSn,
      bufferOffset,
      last,
      residual,
    );
    session.connection.flushSoon(session.tasks.size === 0);
    return after;
  }

  /** Cuts data into PDUs; `owner` goes back to the pool with the last of them. Returns the next DataSN. */
  #pushPieces(
    task: Task,
    data: Buffer,
    owner: Buffer | undefined,
    dataSn: number,
    bufferOffset: number,
    last: boolean,
    residual: number,
  ): number {
    const { connection, parameters } = this.#session;
    const { format, sender } = connection;
    const { initiatorMaxRecv, maxBurstLength } = parameters;
    for (let at = 0; at < data.length; dataSn += 1) {
      const toBurstEnd = maxBurstLength - ((bufferOffset + at) % maxBurstLength);
      const length = Math.min(initiatorMaxRecv, toBurstEnd, data.length - at);
      const isLast = last && at + length === data.length;
      const piece = data.subarray(at, at + length);
      if (isLast) this.#session.tasks.end(task);
      const headerAt = sender.claim(format.dataAt);
      const final = isLast || length === toBurstEnd;
      this.#writeHeader(
        task,
        sender.buffer,
        headerAt,
        dataSn,
        bufferOffset + at,
        length,
        isLast,
        residual,
        final,
      );
      format.sealHeader(sender.buffer, headerAt);
      at += length;
      sender.push(piece, at === data.length ? owner : undefined);
      const tail = format.tail(length);
      if (tail > 0) {
        const tailAt = sender.claim(tail);
        format.sealTail(piece, sender.buffer, tailAt);
      }
    }
    return dataSn;
  }

  /** Data that a command made up, such as INQUIRY's. */
  sendData(task: Task, reply: Reply): void {
    const data = reply.data.subarray(0, task.expectedIn);
    const residual = reply.data.length - task.expectedIn;
    if (data.length === 0) {
      this.#session.tasks.respond(task, reply, residual, 0);
      return;
    }
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#pushPieces(task, bytes, undefined, 0, 0, true, residual);
    this.#session.connection.flushSoon(this.#session.tasks.size === 0);
  }
}
