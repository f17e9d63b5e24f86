/**
 * A session in its full feature phase (RFC 7143 4.2, 4.6), on its one connection: orders commands, runs them on the
 * logical unit, answers. Data for writes is gathered by `DataCollector`, data of reads goes out by `DataSender`.
 */
import { PduError } from '../errors.ts';
import type { LoginResult } from '../login/login.ts';
import { messageOf } from '../message.ts';
import { AsyncEvent, writeAsyncMessage } from '../pdu/async-message.ts';
import { BHS_LENGTH, isImmediate, Opcode, opcodeOf, RESERVED_TAG, type Sequence } from '../pdu/bhs.ts';
import { putU16, u32 } from '../pdu/bytes.ts';
import {
  LogoutReason,
  type LogoutRequest,
  LogoutResult,
  parseLogoutRequest,
  writeLogoutResponse,
} from '../pdu/logout.ts';
import { type NopOut, parseNopOut, writeNopIn } from '../pdu/nop.ts';
import { RejectReason, writeReject } from '../pdu/reject.ts';
import { Attribute, parseScsiCommand, type ScsiCommand } from '../pdu/scsi-command.ts';
import { writeScsiResponse } from '../pdu/scsi-response.ts';
import { next } from '../pdu/serial.ts';
import {
  parseTaskManagementRequest,
  type TaskManagementRequest,
  writeTaskManagementResponse,
} from '../pdu/task-management.ts';
import { parseTextRequest, type TextRequest, writeTextResponse } from '../pdu/text.ts';
import { planCommand, planForAbsentUnit } from '../scsi/dispatch.ts';
import type { LogicalUnit } from '../scsi/logical-unit.ts';
import { Nexus } from '../scsi/nexus.ts';
import { GOOD, type Reply, Status } from '../scsi/reply.ts';
import { Asc, formatSense, SenseKey } from '../scsi/sense.ts';
import type { BufferPool } from '../transport/buffer-pool.ts';
import type { Connection, ConnectionHandler } from '../transport/connection.ts';
import { CommandWindow } from './command-window.ts';
import { DataCollector, type ImmediateData } from './data-collector.ts';
import { DataSender } from './data-sender.ts';
import { Task } from './task.ts';
import { manageTasks } from './task-management.ts';
import { type TextContext, TextExchange } from './text-exchange.ts';

/** Why a session is over. */
export type EndReason =
  | 'logout'
  | 'connection_lost'
  | 'protocol_error'
  | 'reinstated'
  | 'target_removed'
  | 'target_reset'
  | 'server_closed'
  | 'not_responding';

/** What a session needs of its target; of a discovery session there is none. */
export type SessionTarget = {
  readonly name: string;
  readonly unit: LogicalUnit;
  /** Live sessions, this one included. */
  readonly sessions: ReadonlySet<Session>;
  readonly stats: TargetStats;
};

/** Since the target was added. */
export type TargetStats = {
  reads: number;
  writes: number;
  readBytes: number;
  writtenBytes: number;
  flushes: number;
  errors: number;
};

export type SessionOptions = {
  connection: Connection;
  pool: BufferPool;
  login: LoginResult<unknown>;
  target: SessionTarget | undefined;
  tsih: number;
  cmdSn: number;
  statSn: number;
  targets: TextContext['targets'];
  onEnd: (session: Session, reason: EndReason, detail: string | undefined) => void;
};

/** Tasks that are not in the window (immediate ones) are few (RFC 7143 4.2.2.1). */
const MAX_TASKS = 256;
/** Data asked for has to come within this time, a ping has to be answered within it. */
const STALL_MS = 60_000;
/** An idle session is pinged after this time. */
const PING_AFTER_MS = 30_000;
/** How long the end of a session waits for disk operations that are under way. */
const QUIESCE_MS = 10_000;

export class Session implements ConnectionHandler {
  readonly tsih: number;
  readonly target: SessionTarget | undefined;
  readonly login: LoginResult<unknown>;
  readonly connection: Connection;
  readonly pool: BufferPool;
  readonly nexus: Nexus;
  readonly tasks = new Map<number, Task>();
  readonly window: CommandWindow;
  readonly startedAt = new Date();
  readonly #collector: DataCollector;
  readonly #sender: DataSender;
  readonly #text: TextExchange;
  readonly #onEnd: SessionOptions['onEnd'];
  #statSn: number;
  /** Tasks held back by an ordered one, or ordered and held back (SAM-5 8.6). */
  readonly #behind: Task[] = [];
  /** Tasks whose commands run on the disk. */
  #running = 0;
  #idle: (() => void)[] = [];
  #endReason: EndReason | undefined;
  #endDetail: string | undefined;
  #ended = false;
  #heardAt = Date.now();
  /** iPXE drops the connection on a ping, so only an initiator that pings is pinged. */
  #pings = false;
  #pingSentAt: number | undefined;
  #pingTag = 1;

  constructor(options: SessionOptions) {
    this.tsih = options.tsih;
    this.target = options.target;
    this.login = options.login;
    this.connection = options.connection;
    this.pool = options.pool;
    this.#onEnd = options.onEnd;
    this.#statSn = options.statSn;
    this.window = new CommandWindow(options.cmdSn);
    this.nexus = new Nexus(`${options.login.initiatorName},i,0x${options.login.isid}`);
    this.#collector = new DataCollector(this);
    this.#sender = new DataSender(this);
    this.#text = new TextExchange({
      sessionType: options.login.sessionType,
      parameters: options.login.parameters,
      targets: options.targets,
      targetName: options.target?.name,
    });
    this.target?.unit.attach(this.nexus);
  }

  get parameters() {
    return this.login.parameters;
  }

  get isAlive(): boolean {
    return this.#endReason === undefined;
  }

  /** StatSN for a PDU that carries a status; it advances. */
  takeStatSn(): number {
    const statSn = this.#statSn;
    this.#statSn = next(statSn);
    return statSn;
  }

  /** The numbers of such a PDU. */
  statusSequence(): Sequence {
    return { statSn: this.takeStatSn(), expCmdSn: this.window.expCmdSn, maxCmdSn: this.window.maxCmdSn };
  }

  /** The numbers of one that does not. */
  sequence(): Sequence {
    return { statSn: this.#statSn, expCmdSn: this.window.expCmdSn, maxCmdSn: this.window.maxCmdSn };
  }

  // --- PDUs in ---------------------------------------------------------------------------------------------------

  dataBuffer(header: Uint8Array, at: number, length: number): Uint8Array {
    switch (opcodeOf(header, at)) {
      case Opcode.ScsiCommand:
        return this.#collector.immediateBuffer(header, at, length);
      case Opcode.DataOut:
        return this.#collector.dataOutBuffer(header, at, length);
      default:
        return Buffer.allocUnsafeSlow(length);
    }
  }

  pdu(header: Uint8Array, at: number, data: Uint8Array): void {
    if (this.#endReason !== undefined) return;
    switch (opcodeOf(header, at)) {
      case Opcode.ScsiCommand: {
        const command = parseScsiCommand(header, at);
        const immediate = this.#collector.takeImmediate(data);
        const ignored = () => this.#collector.dropImmediate(immediate);
        this.#inOrder(command.immediate, command.cmdSn, () => this.#accept(command, immediate), ignored);
        return;
      }
      case Opcode.DataOut:
        this.#collector.dataOut(header, at, data);
        return;
      case Opcode.NopOut: {
        const nop = parseNopOut(header, at);
        this.#inOrder(nop.immediate, nop.cmdSn, () => this.#nop(nop, data));
        return;
      }
      case Opcode.TaskManagementRequest: {
        const request = parseTaskManagementRequest(header, at);
        this.#inOrder(request.immediate, request.cmdSn, () => void this.#manage(request));
        return;
      }
      case Opcode.TextRequest: {
        const request = parseTextRequest(header, at);
        this.#inOrder(request.immediate, request.cmdSn, () => this.#textRequest(request, data));
        return;
      }
      case Opcode.LogoutRequest: {
        const request = parseLogoutRequest(header, at);
        this.#inOrder(request.immediate, request.cmdSn, () => void this.#logout(request));
        return;
      }
      case Opcode.SnackRequest:
        // Error recovery level 0 has no SNACK (11.16).
        this.reject(header.slice(at, at + BHS_LENGTH), RejectReason.SnackReject);
        return;
      case Opcode.LoginRequest:
        throw new PduError('protocol_violation', 'A Login Request in the full feature phase.');
      default:
        this.#unknown(header, at);
    }
  }

  #unknown(header: Uint8Array, at: number): void {
    const rejected = header.slice(at, at + BHS_LENGTH);
    const answer = () => this.reject(rejected, RejectReason.CommandNotSupported);
    this.#inOrder(isImmediate(header, at), u32(header, at + 24), answer);
  }

  #inOrder(immediate: boolean, cmdSn: number, start: () => void, ignored?: () => void): void {
    this.#heardAt = Date.now();
    if (immediate) {
      start();
      return;
    }
    switch (this.window.admit(cmdSn)) {
      case 'now':
        start();
        this.window.release();
        return;
      case 'early':
        this.window.hold(cmdSn, start);
        return;
      case 'ignored':
        ignored?.();
    }
  }

  reject(header: Uint8Array, reason: number): void {
    const sequence = this.statusSequence();
    this.connection.send(
      (b, at) => writeReject({ reason, dataSn: 0, ...sequence }, header.length, b, at),
      header,
    );
  }

  // --- SCSI commands ---------------------------------------------------------------------------------------------

  #accept(command: ScsiCommand, immediate: ImmediateData | undefined): void {
    const busy = this.tasks.has(command.itt) || command.itt === RESERVED_TAG;
    if (busy || this.tasks.size >= MAX_TASKS || this.target === undefined) {
      this.#collector.dropImmediate(immediate);
      const reason = busy
        ? RejectReason.TaskInProgress
        : this.target === undefined
          ? RejectReason.CommandNotSupported
          : RejectReason.TooManyImmediateCommands;
      const header = new Uint8Array(BHS_LENGTH);
      header[0] = Opcode.ScsiCommand;
      header.set([command.itt >>> 24, command.itt >>> 16, command.itt >>> 8, command.itt], 16);
      this.reject(header, reason);
      return;
    }
    const task = new Task(command, this.#heardAt);
    this.#collector.giveImmediate(task, immediate);
    this.tasks.set(task.itt, task);
    if (!command.immediate) this.window.taskStarted();
    const ordered = command.attribute === Attribute.Ordered;
    if (this.#behind.length > 0 || (ordered && this.tasks.size > 1)) {
      if (command.attribute !== Attribute.HeadOfQueue) {
        this.#behind.push(task);
        return;
      }
    }
    this.#start(task);
  }

  #start(task: Task): void {
    const { unit } = this.target!;
    const plan =
      task.lun === 0
        ? planCommand(unit, { cdb: task.command.cdb, nexus: this.nexus, announced: task.expectedOut })
        : planForAbsentUnit(task.command.cdb);
    task.plan = plan;
    if (plan.kind === 'reply') {
      this.#collector.answerAfterData(task, plan);
    } else if (plan.kind === 'read') {
      this.target!.stats.reads += 1;
      this.target!.stats.readBytes += plan.length;
      if (task.expectedOut > 0 || task.unsolicited) {
        // A read that is announced as a write: the data it brings is thrown away, and it has nowhere to put ours.
        this.#collector.answerAfterData(task, GOOD);
        return;
      }
      task.state = 'running';
      this.#sender.read(task, plan.offset, plan.length);
    } else {
      this.#collector.collect(task, plan.dataOut);
    }
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
    if (result instanceof Promise) {
      this.startWork();
      result.then(
        (reply) => {
          this.endWork();
          this.finish(task, reply, plan.dataOut);
        },
        (error) => {
          this.endWork();
          this.#failed(task, error);
        },
      );
    } else this.finish(task, result, plan.dataOut);
  }

  /** A mistake of ours must not take the session down, nor pass unseen. */
  #failed(task: Task, error: unknown): void {
    this.#endDetail ??= messageOf(error);
    this.finish(task, {
      kind: 'reply',
      status: Status.CheckCondition,
      data: NO_DATA,
      sense: { key: SenseKey.HardwareError, asc: Asc.InternalTargetFailure },
    });
  }

  /** The command is done; `wantedOut` is what its CDB wanted to be sent, for the residual. */
  finish(task: Task, reply: Reply, wantedOut = 0): void {
    if (task.command.write && this.target !== undefined && reply.status === Status.Good && task.wanted > 0) {
      this.target.stats.writes += 1;
      this.target.stats.writtenBytes += task.wanted;
    }
    this.#collector.releaseData(task);
    if (task.aborted || this.#endReason !== undefined) {
      this.rest(task);
      return;
    }
    if (reply.data.length > 0) this.#sender.sendData(task, reply);
    else this.respond(task, reply, wantedOut - task.expectedOut - task.expectedIn, 0);
  }

  /** A SCSI Response ends the task. */
  respond(task: Task, reply: Reply, residual: number, dataPdus: number): void {
    const sense = reply.sense === undefined ? undefined : this.#senseSegment(reply.sense);
    if (reply.status === Status.CheckCondition && this.target !== undefined) this.target.stats.errors += 1;
    this.endTask(task);
    const response = {
      response: 0,
      status: reply.status,
      itt: task.itt,
      expDataSn: dataPdus + task.r2tSn,
      residual,
      ...this.statusSequence(),
    };
    const length = sense?.length ?? 0;
    const { format, sender } = this.connection;
    const at = sender.claim(format.length(length));
    writeScsiResponse(response, length, sender.buffer, at);
    if (sense !== undefined) sender.buffer.set(sense, at + format.dataAt);
    format.seal(sender.buffer, at, length);
    this.connection.flushSoon(this.tasks.size === 0);
  }

  #senseSegment(sense: NonNullable<Reply['sense']>): Uint8Array {
    const bytes = formatSense(sense, this.target?.unit.mode.descriptorSense ?? false);
    const segment = new Uint8Array(2 + bytes.length);
    putU16(segment, 0, bytes.length);
    segment.set(bytes, 2);
    return segment;
  }

  /** The task is answered, or rests after an abort: its tag is free again, and its place in the window. */
  endTask(task: Task): void {
    if (task.state === 'ended') return;
    task.state = 'ended';
    this.tasks.delete(task.itt);
    if (!task.command.immediate) this.window.taskEnded();
    // Later, since the caller is in the middle of writing a PDU.
    if (this.#behind.length > 0) queueMicrotask(() => this.#advance());
  }

  /** An aborted task touches nothing any more. */
  rest(task: Task): void {
    this.#collector.releaseData(task);
    this.endTask(task);
    task.onRest?.();
  }

  /** Starts what an ordered task held back: it alone, or all simple ones up to the next ordered one. */
  #advance(): void {
    while (this.#behind.length > 0) {
      const head = this.#behind[0]!;
      const others = this.tasks.size - this.#behind.length;
      if (head.command.attribute === Attribute.Ordered && others > 0) return;
      this.#behind.shift();
      this.#start(head);
      if (head.command.attribute === Attribute.Ordered) return;
    }
  }

  /** Ends a task without an answer; resolves when nothing of it is under way. */
  abort(task: Task): Promise<void> {
    task.aborted = true;
    const behind = this.#behind.indexOf(task);
    if (behind >= 0) this.#behind.splice(behind, 1);
    if (task.state !== 'running') {
      this.rest(task);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      task.onRest = resolve;
    });
  }

  abortAll(): Promise<unknown> {
    return Promise.all([...this.tasks.values()].map((task) => this.abort(task)));
  }

  // --- Disk work under way ---------------------------------------------------------------------------------------

  startWork(): void {
    this.#running += 1;
  }

  endWork(): void {
    this.#running -= 1;
    if (this.#running > 0 || this.#idle.length === 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  /** Resolves when no disk operation of this session is under way; bounded, for a disk may hang. */
  quiesced(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, QUIESCE_MS);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  // --- The other requests ----------------------------------------------------------------------------------------

  #nop(nop: NopOut, data: Uint8Array): void {
    if (nop.ttt !== RESERVED_TAG) this.#pingSentAt = undefined;
    if (nop.itt === RESERVED_TAG) return;
    this.#pings = true;
    const echo = data.subarray(0, this.parameters.initiatorMaxRecv);
    const answer = { lun: nop.lun, itt: nop.itt, ttt: RESERVED_TAG, ...this.statusSequence() };
    this.connection.send((b, at) => writeNopIn(answer, echo.length, b, at), echo);
  }

  async #manage(request: TaskManagementRequest): Promise<void> {
    const { response, after } = await manageTasks(this, request);
    if (this.#endReason !== undefined) return;
    const sequence = this.statusSequence();
    this.connection.send((b, at) =>
      writeTaskManagementResponse({ response, itt: request.itt, ...sequence }, b, at),
    );
    after?.();
  }

  #textRequest(request: TextRequest, data: Uint8Array): void {
    const answer = this.#text.receive(request, data);
    const header = {
      final: answer.final,
      more: answer.more,
      itt: request.itt,
      ttt: answer.ttt,
      ...this.statusSequence(),
    };
    this.connection.send((b, at) => writeTextResponse(header, answer.data.length, b, at), answer.data);
  }

  async #logout(request: LogoutRequest): Promise<void> {
    const unknownCid = request.reason === LogoutReason.CloseConnection && request.cid !== this.login.cid;
    const result =
      request.reason >= LogoutReason.RemoveForRecovery
        ? LogoutResult.RecoveryNotSupported
        : unknownCid
          ? LogoutResult.CidNotFound
          : LogoutResult.Closed;
    if (result === LogoutResult.Closed) {
      void this.abortAll();
      await this.quiesced();
    }
    if (this.#endReason !== undefined) return;
    const answer = { result, itt: request.itt, time2Wait: 0, time2Retain: 0, ...this.statusSequence() };
    this.connection.send((b, at) => writeLogoutResponse(answer, b, at));
    if (result === LogoutResult.Closed) this.end('logout');
  }

  // --- The end ---------------------------------------------------------------------------------------------------

  /** Asks the initiator to log out within `seconds` (11.9.1, event 1). */
  requestLogout(seconds: number): void {
    this.#asyncMessage(AsyncEvent.LogoutRequested, [0, 0, seconds]);
  }

  #asyncMessage(event: number, parameters: readonly [number, number, number]): void {
    if (!this.connection.isOpen) return;
    const message = { lun: 0, event, parameters, ...this.statusSequence() };
    this.connection.send((b, at) => writeAsyncMessage(message, b, at));
  }

  /** Ends the session from our side; the initiator is told first where that is of use to it. */
  end(reason: EndReason, detail?: string): void {
    if (this.#endReason !== undefined) return;
    if (reason === 'target_removed' || reason === 'server_closed')
      this.#asyncMessage(AsyncEvent.SessionDropped, [0, 0, 0]);
    this.#endReason = reason;
    this.#endDetail = detail ?? this.#endDetail;
    this.#finishEnd();
    if (reason === 'reinstated' || reason === 'not_responding') this.connection.destroy();
    else this.connection.end();
  }

  broken(error: Error): void {
    if (this.#endReason !== undefined) return;
    if (error instanceof PduError && error.code !== 'digest_mismatch') {
      this.reject(new Uint8Array(BHS_LENGTH), RejectReason.ProtocolError);
    }
    this.#endReason = 'protocol_error';
    this.#endDetail = error.message;
    this.#finishEnd();
  }

  closed(): void {
    this.#endReason ??= 'connection_lost';
    this.#finishEnd();
  }

  #finishEnd(): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.abortAll();
    this.window.clear();
    this.#collector.close();
    this.target?.unit.detach(this.nexus);
    this.#onEnd(this, this.#endReason!, this.#endDetail);
  }

  /** Called every few seconds: finds initiators that went silent. */
  tick(now: number): void {
    if (this.#endReason !== undefined) return;
    for (const task of this.tasks.values()) {
      const awaited = task.unsolicited || task.burst !== undefined;
      if (task.state === 'collecting' && awaited && now - task.progressAt > STALL_MS) {
        this.end('not_responding', 'The data of a write did not come.');
        return;
      }
    }
    if (this.#pingSentAt !== undefined && now - this.#pingSentAt > STALL_MS) {
      this.end('not_responding', 'A ping was not answered.');
    } else if (this.#pings && this.#pingSentAt === undefined && now - this.#heardAt > PING_AFTER_MS) {
      this.#pingSentAt = now;
      const tag = this.#pingTag++;
      const ping = { lun: 0, itt: RESERVED_TAG, ttt: tag, ...this.sequence() };
      this.connection.send((b, at) => writeNopIn(ping, 0, b, at));
    }
  }
}

const NO_DATA = Buffer.alloc(0);
