/**
 * The SCSI commands of a session that are under way (SAM-5 8): takes them in, holds back what an ordered one holds
 * back, runs them on the logical unit, answers, and aborts. Data for writes is gathered by `DataCollector`, data of
 * reads goes out by `DataSender`.
 */
import { BHS_LENGTH, Opcode, RESERVED_TAG } from '../pdu/bhs.ts';
import { putU16, putU32 } from '../pdu/bytes.ts';
import { RejectReason } from '../pdu/reject.ts';
import { Attribute, type ScsiCommand } from '../pdu/scsi-command.ts';
import { writeScsiResponse } from '../pdu/scsi-response.ts';
import { writtenBlocks } from '../scsi/cdb.ts';
import { BLOCK } from '../scsi/disk.ts';
import { planCommand, planForAbsentUnit } from '../scsi/dispatch.ts';
import { GOOD, type Plan, type Reply, Status } from '../scsi/reply.ts';
import { Asc, formatSense, SenseKey } from '../scsi/sense.ts';
import { Activity } from './activity.ts';
import { DataCollector, type ImmediateData } from './data-collector.ts';
import { DataSender } from './data-sender.ts';
import type { Session } from './session.ts';
import { Task } from './task.ts';

/** Tasks that are not in the window (immediate ones) are few (RFC 7143 4.2.2.1). */
const MAX_TASKS = 256;

/** From here on the data costs more than a system call for its answer. */
const LARGE_WRITE = 64 << 10;

const NO_DATA = Buffer.alloc(0);

const INTERNAL_FAILURE: Reply = {
  kind: 'reply',
  status: Status.CheckCondition,
  data: NO_DATA,
  sense: { key: SenseKey.HardwareError, asc: Asc.InternalTargetFailure },
};

export class TaskSet {
  readonly collector: DataCollector;
  readonly #sender: DataSender;
  readonly #session: Session;
  readonly #byTag = new Map<number, Task>();
  /** Tasks held back by an ordered one, or ordered and held back (SAM-5 8.6). */
  readonly #behind: Task[] = [];
  /** The ordered task that runs now, alone. */
  #ordered: Task | undefined;
  /** Commands that run on the disk. */
  readonly activity = new Activity();

  constructor(session: Session) {
    this.#session = session;
    this.collector = new DataCollector(session);
    this.#sender = new DataSender(session);
  }

  get size(): number {
    return this.#byTag.size;
  }

  get(itt: number): Task | undefined {
    return this.#byTag.get(itt);
  }

  values(): Iterable<Task> {
    return this.#byTag.values();
  }

  accept(command: ScsiCommand, immediate: ImmediateData | undefined): void {
    const session = this.#session;
    const reason = this.#refusal(command);
    if (reason !== undefined) {
      this.collector.dropImmediate(immediate);
      const header = new Uint8Array(BHS_LENGTH);
      header[0] = Opcode.ScsiCommand;
      putU32(header, 16, command.itt);
      session.reject(header, reason);
      return;
    }
    const task = new Task(command);
    this.collector.giveImmediate(task, immediate);
    this.#byTag.set(task.itt, task);
    if (!command.immediate) session.window.taskStarted();
    const ordered = command.attribute === Attribute.Ordered;
    const mustWait = this.#behind.length > 0 || this.#ordered !== undefined || (ordered && this.size > 1);
    if (mustWait && command.attribute !== Attribute.HeadOfQueue) this.#behind.push(task);
    else this.#start(task);
  }

  #refusal(command: ScsiCommand): number | undefined {
    if (this.#byTag.has(command.itt) || command.itt === RESERVED_TAG) return RejectReason.TaskInProgress;
    if (this.#session.target === undefined) return RejectReason.CommandNotSupported;
    return this.size >= MAX_TASKS ? RejectReason.TooManyImmediateCommands : undefined;
  }

  #start(task: Task): void {
    if (task.command.attribute === Attribute.Ordered) this.#ordered = task;
    const target = this.#session.target!;
    const bytes = task.expectedIn + task.expectedOut;
    if (!task.usesDisk || target.gate.admits(bytes)) {
      this.#begin(task);
      return;
    }
    target.traffic.delayed += 1;
    target.gate.wait(this, {
      bytes,
      start: () => this.#begin(task),
      isOver: () => task.aborted || task.state === 'ended',
    });
  }

  #begin(task: Task): void {
    if (task.reply !== undefined) {
      // Its data came in disorder while it waited.
      this.collector.answerAfterData(task, task.reply);
      return;
    }
    let plan: Plan;
    try {
      plan = this.#plan(task);
    } catch (error) {
      this.#failed(task, error);
      return;
    }
    task.plan = plan;
    if (plan.kind === 'reply') this.collector.answerAfterData(task, plan);
    else if (plan.kind === 'run') {
      this.#note(task, plan.dataOut);
      this.collector.collect(task, plan.dataOut);
    } else this.#startRead(task, plan.offset, plan.length);
  }

  #plan(task: Task): Plan {
    const { target, nexus } = this.#session;
    const { cdb } = task.command;
    if (task.lun !== 0) return planForAbsentUnit(cdb);
    return planCommand(target!.unit, { cdb, nexus, announced: task.expectedOut });
  }

  #startRead(task: Task, offset: number, length: number): void {
    if (task.expectedOut > 0 || task.unsolicited) {
      // A read that is announced as a write: the data it brings is thrown away, and it has nowhere to put ours.
      this.collector.answerAfterData(task, GOOD);
      return;
    }
    task.kind = 'read';
    task.offset = offset;
    task.length = length;
    task.state = 'running';
    this.#sender.read(task, offset, length);
  }

  /** All data is here: runs the command. */
  run(task: Task): void {
    const plan = task.plan!;
    if (plan.kind !== 'run') return;
    task.state = 'running';
    const data = task.data === undefined ? NO_DATA : task.data.subarray(0, task.wanted);
    let result: Reply | Promise<Reply>;
    try {
      result = plan.run(data);
    } catch (error) {
      this.#failed(task, error);
      return;
    }
    if (!(result instanceof Promise)) {
      this.finish(task, result, plan.dataOut);
      return;
    }
    this.activity.begin();
    result.then(
      (reply) => {
        this.activity.end();
        this.finish(task, reply, plan.dataOut);
      },
      (error) => {
        this.activity.end();
        this.#failed(task, error);
      },
    );
  }

  /** A mistake of ours must not take the session down, nor pass unseen. */
  #failed(task: Task, error: unknown): void {
    this.#session.notice(error);
    this.finish(task, INTERNAL_FAILURE);
  }

  /** The command is done; `wantedOut` is what its CDB wanted to be sent, for the residual. */
  finish(task: Task, reply: Reply, wantedOut = 0): void {
    const session = this.#session;
    this.collector.releaseData(task);
    if (task.aborted || !session.isAlive) this.rest(task);
    else if (reply.data.length > 0) this.#sender.sendData(task, reply);
    else this.respond(task, reply, wantedOut - task.expectedOut - task.expectedIn, 0);
  }

  /** What a command that is not a read counts as. */
  #note(task: Task, dataOut: number): void {
    if (task.isFlush) task.kind = 'flush';
    const lba = dataOut > 0 ? writtenBlocks(task.command.cdb) : undefined;
    if (lba === undefined) return;
    task.kind = 'write';
    task.offset = lba * BLOCK;
    task.length = Math.min(dataOut, task.expectedOut);
  }

  /** A SCSI Response ends the task. */
  respond(task: Task, reply: Reply, residual: number, dataPdus: number): void {
    const session = this.#session;
    const sense = reply.sense === undefined ? undefined : this.#senseSegment(reply.sense);
    if (reply.status !== Status.Good) task.kind = undefined;
    if (reply.status === Status.CheckCondition && session.target !== undefined)
      session.target.traffic.errors += 1;
    this.end(task);
    const response = {
      response: 0,
      status: reply.status,
      itt: task.itt,
      expDataSn: dataPdus + task.r2tSn,
      residual,
      ...session.statusSequence(),
    };
    const length = sense?.length ?? 0;
    const { format, sender } = session.connection;
    const at = sender.claim(format.length(length));
    writeScsiResponse(response, length, sender.buffer, at);
    if (sense !== undefined) sender.buffer.set(sense, at + format.dataAt);
    format.seal(sender.buffer, at, length);
    // The initiator sends its next large write while we are busy with the one after this: answers that were gathered
    // would have both sides work in turns.
    session.connection.flushSoon(this.size === 0 || task.expectedOut >= LARGE_WRITE);
  }

  #senseSegment(sense: NonNullable<Reply['sense']>): Uint8Array {
    const bytes = formatSense(sense, this.#session.target?.unit.mode.descriptorSense ?? false);
    const segment = new Uint8Array(2 + bytes.length);
    putU16(segment, 0, bytes.length);
    segment.set(bytes, 2);
    return segment;
  }

  /** The task is answered, or rests after an abort: its tag is free again, and its place in the window. */
  end(task: Task): void {
    if (task.state === 'ended') return;
    task.state = 'ended';
    this.#byTag.delete(task.itt);
    if (this.#ordered === task) this.#ordered = undefined;
    if (!task.command.immediate) this.#session.window.taskEnded();
    if (task.kind !== undefined && !task.aborted) {
      this.#session.target!.traffic.ended(task.kind, task.offset, task.length, task.startedAt);
    }
    // Later, since the caller is in the middle of writing a PDU.
    if (this.#behind.length > 0) queueMicrotask(() => this.#advance());
  }

  /** Starts what an ordered task held back: all simple ones up to the next ordered one, or that one alone. */
  #advance(): void {
    while (this.#behind.length > 0 && this.#ordered === undefined) {
      const head = this.#behind[0]!;
      const others = this.size - this.#behind.length;
      if (head.command.attribute === Attribute.Ordered && others > 0) return;
      this.#behind.shift();
      this.#start(head);
    }
  }

  /** An aborted task touches nothing any more. */
  rest(task: Task): void {
    this.collector.releaseData(task);
    this.end(task);
    task.atRest?.resolve();
  }

  /** Ends a task without an answer; resolves when nothing of it is under way. */
  abort(task: Task): Promise<void> {
    task.aborted = true;
    const behind = this.#behind.indexOf(task);
    if (behind >= 0) this.#behind.splice(behind, 1);
    if (task.state === 'running') {
      task.atRest ??= Promise.withResolvers<void>();
      return task.atRest.promise;
    }
    this.rest(task);
    return Promise.resolve();
  }

  /** The session is over: what waits for its turn is not kept until that comes. */
  close(): void {
    this.#session.target?.gate.forget(this);
  }

  async abortAll(): Promise<void> {
    await Promise.all([...this.#byTag.values()].map((task) => this.abort(task)));
  }

  /** Resolves when no disk operation of this session is under way; bounded, for a disk may hang. */
  quiesced(): Promise<void> {
    return this.activity.quiesced();
  }
}
