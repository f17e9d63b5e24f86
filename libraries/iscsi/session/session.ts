/**
 * A session in its full feature phase (RFC 7143 4.2, 4.6), on its one connection: takes PDUs in the order of their
 * numbers, hands SCSI commands to its `TaskSet`, answers the other requests, and ends.
 */
import type { Traffic } from '../accounting/traffic.ts';
import { PduError } from '../errors.ts';
import type { LoginResult } from '../login/login.ts';
import { messageOf } from '../message.ts';
import { AsyncEvent, writeAsyncMessage } from '../pdu/async-message.ts';
import { BHS_LENGTH, isImmediate, Opcode, opcodeOf, RESERVED_TAG, type Sequence } from '../pdu/bhs.ts';
import { u32 } from '../pdu/bytes.ts';
import { parseLogoutRequest } from '../pdu/logout.ts';
import { parseNopOut, writeNopIn } from '../pdu/nop.ts';
import { RejectReason, writeReject } from '../pdu/reject.ts';
import { parseScsiCommand } from '../pdu/scsi-command.ts';
import { next } from '../pdu/serial.ts';
import {
  parseTaskManagementRequest,
  type TaskManagementRequest,
  writeTaskManagementResponse,
} from '../pdu/task-management.ts';
import { parseTextRequest } from '../pdu/text.ts';
import type { Gate } from '../scheduling/gate.ts';
import type { LogicalUnit } from '../scsi/logical-unit.ts';
import { Nexus } from '../scsi/nexus.ts';
import type { BufferPool } from '../transport/buffer-pool.ts';
import type { Connection, ConnectionHandler } from '../transport/connection.ts';
import { answerLogout, answerNop, answerText } from './answers.ts';
import { CommandWindow } from './command-window.ts';
import { Liveness } from './liveness.ts';
import { type Managed, manageTasks } from './task-management.ts';
import { TaskSet } from './task-set.ts';
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
  readonly traffic: Traffic;
  readonly gate: Gate;
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

export class Session implements ConnectionHandler {
  readonly tsih: number;
  readonly target: SessionTarget | undefined;
  readonly login: LoginResult<unknown>;
  readonly connection: Connection;
  readonly pool: BufferPool;
  readonly nexus: Nexus;
  readonly tasks: TaskSet;
  readonly window: CommandWindow;
  readonly startedAt = new Date();
  readonly #text: TextExchange;
  readonly #onEnd: SessionOptions['onEnd'];
  #statSn: number;
  #endReason: EndReason | undefined;
  #endDetail: string | undefined;
  #ended = false;
  readonly liveness: Liveness;
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
    this.liveness = new Liveness(Date.now(), options.login.isid);
    this.tasks = new TaskSet(this);
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

  /** What went wrong inside; it is told when the session ends. */
  notice(error: unknown): void {
    this.#endDetail ??= messageOf(error);
  }

  // --- PDUs in ---------------------------------------------------------------------------------------------------

  dataBuffer(header: Uint8Array, at: number, length: number): Uint8Array {
    switch (opcodeOf(header, at)) {
      case Opcode.ScsiCommand:
        return this.tasks.collector.immediateBuffer(header, at, length);
      case Opcode.DataOut:
        return this.tasks.collector.dataOutBuffer(header, at, length);
      default:
        return Buffer.allocUnsafeSlow(length);
    }
  }

  pdu(header: Uint8Array, at: number, data: Uint8Array): void {
    if (this.#endReason !== undefined) return;
    switch (opcodeOf(header, at)) {
      case Opcode.ScsiCommand: {
        const command = parseScsiCommand(header, at);
        const immediate = this.tasks.collector.takeImmediate(data);
        const ignored = () => this.tasks.collector.dropImmediate(immediate);
        this.#inOrder(command.immediate, command.cmdSn, () => this.tasks.accept(command, immediate), ignored);
        return;
      }
      case Opcode.DataOut:
        this.tasks.collector.dataOut(header, at, data);
        return;
      case Opcode.NopOut: {
        const nop = parseNopOut(header, at);
        this.#inOrder(nop.immediate, nop.cmdSn, () => answerNop(this, nop, data));
        return;
      }
      case Opcode.TaskManagementRequest: {
        const request = parseTaskManagementRequest(header, at);
        this.#inOrder(request.immediate, request.cmdSn, () => void this.#manage(request));
        return;
      }
      case Opcode.TextRequest: {
        const request = parseTextRequest(header, at);
        this.#inOrder(request.immediate, request.cmdSn, () => answerText(this, this.#text, request, data));
        return;
      }
      case Opcode.LogoutRequest: {
        const request = parseLogoutRequest(header, at);
        this.#inOrder(request.immediate, request.cmdSn, () => void answerLogout(this, request));
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
    this.liveness.heard(Date.now());
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

  // --- The other requests ----------------------------------------------------------------------------------------

  async #manage(request: TaskManagementRequest): Promise<void> {
    let managed: Managed;
    try {
      managed = await manageTasks(this, request);
    } catch (error) {
      // It can start a command that was held back, whose PDU turns out to be malformed.
      this.broken(error instanceof Error ? error : new Error(messageOf(error)));
      this.connection.end();
      return;
    }
    const { response, after } = managed;
    if (this.#endReason !== undefined) return;
    const sequence = this.statusSequence();
    this.connection.send((b, at) =>
      writeTaskManagementResponse({ response, itt: request.itt, ...sequence }, b, at),
    );
    after?.();
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
    void this.tasks.abortAll();
    this.tasks.close();
    this.window.clear();
    this.tasks.collector.close();
    this.target?.unit.detach(this.nexus);
    this.#onEnd(this, this.#endReason!, this.#endDetail);
  }

  /** Called every few seconds: finds initiators that went silent. */
  tick(now: number): void {
    if (this.#endReason !== undefined) return;
    const todo = this.liveness.check(now, this.tasks.values());
    if (todo === 'ping') {
      const ping = { lun: 0, itt: RESERVED_TAG, ttt: this.#pingTag++, ...this.sequence() };
      this.connection.send((b, at) => writeNopIn(ping, 0, b, at));
    } else if (todo !== undefined) this.end('not_responding', todo.dead);
  }
}
