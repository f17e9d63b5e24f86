/**
 * Gathers the data of writes (RFC 7143 4.2.5, 11.7, 11.8): immediate, unsolicited, and solicited by R2T. Each byte
 * goes from the socket's buffer straight to its place in the task's.
 */
import { PduError } from '../errors.ts';
import { RESERVED_TAG } from '../pdu/bhs.ts';
import { u32 } from '../pdu/bytes.ts';
import { type DataOut, parseDataOut } from '../pdu/data-out.ts';
import { writeR2t } from '../pdu/r2t.ts';
import { next } from '../pdu/serial.ts';
import { type Reply, Status } from '../scsi/reply.ts';
import { Asc, SenseKey } from '../scsi/sense.ts';
import { ByteBudget } from './byte-budget.ts';
import type { Session } from './session.ts';
import type { Task } from './task.ts';

/** Immediate data, in a pooled buffer that may be longer. */
export type ImmediateData = { buffer: Buffer; length: number };

/** What a session may have asked for by R2T, or hold of it, at a time. One command moves at most half of it. */
const SOLICITED_BYTES = 8 << 20;
/** Complete data that waits for the disk; above it nothing more is read from the initiator. */
const RUNNING_BYTES = 16 << 20;
/** The same when all sessions together hold much. */
const RUNNING_BYTES_WHEN_SHORT = 128 << 10;

const DATA_PHASE_ERROR: Reply = {
  kind: 'reply',
  status: Status.CheckCondition,
  data: new Uint8Array(0),
  sense: { key: SenseKey.AbortedCommand, asc: Asc.DataPhaseError },
};

export class DataCollector {
  readonly #session: Session;
  readonly #budget = new ByteBudget(SOLICITED_BYTES);
  #runningBytes = 0;
  #paused = false;
  #nextTag = 1;
  /** The buffer that `immediateBuffer` gave for the PDU being received. */
  #immediate: Buffer | undefined;
  /** The Data-Out being received, when a task takes it, and whether it lands in the task's buffer by itself. */
  #current: { task: Task; pdu: DataOut; direct: boolean } | undefined;
  /** Where data goes that nobody wants, or that only partly fits. */
  #scratch: Buffer | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  // --- Immediate data --------------------------------------------------------------------------------------------

  /**
   * The task does not exist yet. A small command's buffer is taken whole, so that the rest of its data can follow;
   * for a large one only what has come, since a header alone must not cost megabytes.
   */
  immediateBuffer(header: Uint8Array, at: number, length: number): Uint8Array {
    const { immediateData, firstBurstLength } = this.#session.parameters;
    const expected = u32(header, at + 20);
    if (!immediateData || length > firstBurstLength || length > expected) {
      throw new PduError(
        'protocol_violation',
        `${length} bytes of immediate data, against what was negotiated.`,
      );
    }
    const buffer = this.#session.pool.take(expected <= firstBurstLength ? expected : length);
    this.#immediate = buffer;
    return buffer.subarray(0, length);
  }

  takeImmediate(data: Uint8Array): ImmediateData | undefined {
    if (data.length === 0) return undefined;
    const buffer = this.#immediate!;
    this.#immediate = undefined;
    return { buffer, length: data.length };
  }

  dropImmediate(immediate: ImmediateData | undefined): void {
    if (immediate !== undefined) this.#session.pool.give(immediate.buffer);
  }

  giveImmediate(task: Task, immediate: ImmediateData | undefined): void {
    if (immediate === undefined) return;
    task.data = immediate.buffer;
    task.received = immediate.length;
    if (!task.unsolicited && task.received === task.expectedOut) this.#count(task);
  }

  // --- Collecting ------------------------------------------------------------------------------------------------

  /** The command takes `dataOut` bytes; it runs when they, or all that the initiator announced, are here. */
  collect(task: Task, dataOut: number): void {
    task.wanted = Math.min(dataOut, task.expectedOut);
    task.state = 'collecting';
    if (task.unsolicited) {
      const { firstBurstLength } = this.#session.parameters;
      // All at once while the session holds little, so that a large write is not moved later.
      if (task.wanted > firstBurstLength && this.#budget.tryTake(task.wanted)) task.reserved = task.wanted;
      this.#grow(task, task.reserved > 0 ? task.wanted : Math.min(task.wanted, firstBurstLength));
      return;
    }
    this.#proceed(task);
  }

  /** The answer is known before the data: it waits until the unsolicited data has passed. */
  answerAfterData(task: Task, reply: Reply): void {
    if (!task.unsolicited) {
      this.#session.tasks.finish(task, reply);
      return;
    }
    task.reply = reply;
    task.state = 'collecting';
  }

  /** A sequence of data has ended: the next one is asked for, or the command can run. */
  #proceed(task: Task): void {
    if (task.reply !== undefined) this.#session.tasks.finish(task, task.reply);
    else if (task.received >= task.wanted) this.#ready(task);
    else if ((task.data?.length ?? 0) >= task.wanted) this.#requestData(task);
    else {
      this.#budget.whenGranted(task.wanted, () => {
        if (task.aborted || task.state !== 'collecting') {
          this.#budget.give(task.wanted);
          return;
        }
        task.reserved = task.wanted;
        this.#grow(task, task.wanted);
        this.#requestData(task);
      });
    }
  }

  #grow(task: Task, length: number): void {
    const old = task.data;
    if (length === 0 || (old !== undefined && old.length >= length)) return;
    task.data = this.#session.pool.take(length);
    if (old === undefined) return;
    old.copy(task.data, 0, 0, task.received);
    const current = this.#current;
    if (current?.task !== task) this.#session.pool.give(old);
    // The PDU under way goes on into the old one, and is copied when it is whole.
    else current.direct = false;
  }

  #requestData(task: Task): void {
    const desiredLength = Math.min(task.wanted - task.received, this.#session.parameters.maxBurstLength);
    const ttt = this.#nextTag;
    this.#nextTag = next(ttt) === RESERVED_TAG ? 1 : next(ttt);
    task.burst = { ttt, end: task.received + desiredLength };
    task.dataSn = 0;
    task.progressAt = Date.now();
    const { connection } = this.#session;
    const r2t = {
      lun: task.lun,
      itt: task.itt,
      ttt,
      r2tSn: task.r2tSn,
      bufferOffset: task.received,
      desiredLength,
      ...this.#session.sequence(),
    };
    task.r2tSn += 1;
    connection.send((b, at) => writeR2t(r2t, b, at));
  }

  /** Its data is whole. What lacks some is not counted: to stop reading would keep it from ever being whole. */
  #count(task: Task): void {
    task.counted = task.received;
    this.#runningBytes += task.counted;
    this.#session.pool.hold(task.counted);
    if (this.#holdsMuch() && !this.#paused) {
      this.#paused = true;
      this.#session.connection.pause();
    }
  }

  #ready(task: Task): void {
    if (task.counted === 0) this.#count(task);
    this.#session.tasks.run(task);
  }

  /** The task's buffer and its share of the bounds are given back, once. */
  releaseData(task: Task): void {
    if (task.data !== undefined) {
      const buffer = task.data;
      task.data = undefined;
      // The rest of a Data-Out may still be on its way into this buffer (a reset by another session ended the task in
      // the middle of the PDU): nobody else may get it then, and the garbage collector has it.
      if (this.#current?.task !== task) this.#session.pool.give(buffer);
    }
    if (task.reserved > 0) {
      const reserved = task.reserved;
      task.reserved = 0;
      this.#budget.give(reserved);
    }
    if (task.counted > 0) {
      this.#runningBytes -= task.counted;
      this.#session.pool.release(task.counted);
      task.counted = 0;
      if (this.#paused && !this.#holdsMuch()) {
        this.#paused = false;
        this.#session.connection.resume();
      }
    }
  }

  #holdsMuch(): boolean {
    const { isShort } = this.#session.pool;
    return this.#runningBytes > (isShort ? RUNNING_BYTES_WHEN_SHORT : RUNNING_BYTES);
  }

  /** Nobody is granted anything any more. */
  close(): void {
    this.#budget.clear();
  }

  // --- Data-Out --------------------------------------------------------------------------------------------------

  dataOutBuffer(header: Uint8Array, at: number, length: number): Uint8Array {
    const current = this.#match(parseDataOut(header, at), length);
    this.#current = current;
    if (current !== undefined) {
      const { task } = current;
      const end = task.received + length;
      const room = task.state === 'waiting' ? this.#keepWhileWaiting(task) : task.wanted;
      if (task.reply === undefined && task.data !== undefined && end <= room) {
        current.direct = true;
        return task.data.subarray(task.received, end);
      }
    }
    if (this.#scratch === undefined || this.#scratch.length < length)
      this.#scratch = Buffer.allocUnsafeSlow(length);
    return this.#scratch.subarray(0, length);
  }

  dataOut(header: Uint8Array, at: number, data: Uint8Array): void {
    // Without a data segment nobody has asked for a buffer.
    const current = data.length === 0 ? this.#match(parseDataOut(header, at), 0) : this.#current;
    this.#current = undefined;
    if (current === undefined) return;
    const { task, pdu, direct } = current;
    // It can have been aborted while its data was on the way.
    if (task.aborted || task.state === 'running' || task.state === 'ended') return;
    if (!direct && task.reply === undefined && task.data !== undefined && task.received < task.wanted) {
      task.data.set(data.subarray(0, task.wanted - task.received), task.received);
    }
    task.received += data.length;
    task.dataSn = next(task.dataSn);
    task.progressAt = Date.now();
    if (!pdu.final) return;
    const short = task.burst !== undefined && task.received < task.burst.end;
    task.burst = undefined;
    task.unsolicited = false;
    if (task.state === 'waiting') return;
    if (short) this.#fail(task);
    else this.#proceed(task);
  }

  /** Unsolicited data follows its command at once, also while that waits for its turn. Returns how much may come. */
  #keepWhileWaiting(task: Task): number {
    const most = Math.min(task.expectedOut, this.#session.parameters.firstBurstLength);
    this.#grow(task, most);
    return most;
  }

  /** The task that a Data-Out belongs to, provided that it is the very one expected next. */
  #match(pdu: DataOut, length: number): { task: Task; pdu: DataOut; direct: boolean } | undefined {
    const task = this.#session.tasks.get(pdu.itt);
    // Data of a task that has ended, or of a command that was ignored, is on its way for a while.
    if (task === undefined || task.aborted || task.state === 'ended' || task.state === 'running')
      return undefined;
    const isUnsolicited = pdu.ttt === RESERVED_TAG;
    const end = task.received + length;
    const limit = isUnsolicited
      ? Math.min(task.expectedOut, this.#session.parameters.firstBurstLength)
      : (task.burst?.end ?? 0);
    const expected = isUnsolicited ? task.unsolicited : task.burst?.ttt === pdu.ttt;
    if (!expected || end > limit || pdu.bufferOffset !== task.received || pdu.dataSn !== task.dataSn) {
      // DataPDUInOrder and DataSequenceInOrder are "Yes"; what is out of order is lost (7.8).
      this.#fail(task);
      return undefined;
    }
    return { task, pdu, direct: false };
  }

  #fail(task: Task): void {
    task.unsolicited = false;
    task.burst = undefined;
    if (task.state === 'waiting') task.reply = DATA_PHASE_ERROR;
    else this.#session.tasks.finish(task, DATA_PHASE_ERROR);
  }
}
