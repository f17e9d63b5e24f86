/** A connection from its first byte to the end of its login. */
import { PduError } from '../errors.ts';
import { messageOf } from '../message.ts';
import { Opcode, opcodeOf } from '../pdu/bhs.ts';
import { type LoginRequest, LoginStatus, parseLoginRequest, writeLoginResponse } from '../pdu/login.ts';
import { add, next } from '../pdu/serial.ts';
import { formatKeys } from '../pdu/text.ts';
import { FIRST_WINDOW } from '../session/command-window.ts';
import type { Connection, ConnectionHandler } from '../transport/connection.ts';
import { Login, type LoginPolicy, type LoginResult, type LoginStep } from './login.ts';

export type Established<T> = {
  login: LoginResult<T>;
  cmdSn: number;
  statSn: number;
};

export type LoginEvents<T> = {
  /** The last step: gives the TSIH (of at least 1), or refuses after all. May take its time. */
  establish(login: LoginResult<T>): Promise<{ tsih: number } | { status: number; reason: string }>;
  /** The response is on its way: the next PDU belongs to the session. */
  established(session: Established<T>, tsih: number): void;
  refused(names: { initiatorName: string; targetName: string }, status: number, reason: string): void;
  /** Ended without an answer, by either side. */
  ended(): void;
};

export class LoginHandler<T> implements ConnectionHandler {
  readonly #connection: Connection;
  readonly #login: Login<T>;
  readonly #events: LoginEvents<T>;
  readonly #timer: NodeJS.Timeout;
  #statSn: number | undefined;
  #done = false;

  constructor(connection: Connection, policy: LoginPolicy<T>, events: LoginEvents<T>, timeoutMs: number) {
    this.#connection = connection;
    this.#login = new Login(policy);
    this.#events = events;
    this.#timer = setTimeout(() => this.#timedOut(timeoutMs), timeoutMs);
    this.#timer.unref();
  }

  dataBuffer(_header: Uint8Array, _at: number, length: number): Uint8Array {
    return Buffer.allocUnsafeSlow(length);
  }

  pdu(header: Uint8Array, at: number, data: Uint8Array): void {
    if (this.#done) return;
    if (opcodeOf(header, at) !== Opcode.LoginRequest) {
      // 6.3: before the login nothing else is answered.
      throw new PduError('protocol_violation', 'The first PDU is no Login Request.');
    }
    const request = parseLoginRequest(header, at);
    this.#statSn ??= request.expStatSn;
    const step = this.#login.step(request, data);
    if (step.result !== undefined) void this.#establish(request, step, step.result);
    else {
      this.#respond(request, step, request.tsih);
      if (step.refused !== undefined) this.#refuse(step.status, step.refused);
    }
  }

  async #establish(request: LoginRequest, step: LoginStep<T>, login: LoginResult<T>): Promise<void> {
    this.#done = true;
    clearTimeout(this.#timer);
    // What follows the last request belongs to a session that does not exist yet.
    this.#connection.hold();
    let outcome: Awaited<ReturnType<LoginEvents<T>['establish']>>;
    try {
      outcome = await this.#events.establish(login);
    } catch (error) {
      outcome = { status: LoginStatus.TargetError, reason: messageOf(error) };
    }
    if (!this.#connection.isOpen) {
      this.#events.ended();
      return;
    }
    if ('status' in outcome) {
      this.#respond(
        request,
        { ...step, transit: false, nextStage: 0, keys: [], status: outcome.status },
        request.tsih,
      );
      this.#refuse(outcome.status, outcome.reason);
      return;
    }
    this.#respond(request, step, outcome.tsih);
    this.#events.established({ login, cmdSn: request.cmdSn, statSn: this.#statSn! }, outcome.tsih);
    this.#connection.release();
  }

  #respond(request: LoginRequest, step: LoginStep<T>, tsih: number): void {
    const data = formatKeys(step.keys);
    const statSn = this.#statSn!;
    this.#statSn = next(statSn);
    const response = {
      transit: step.transit,
      more: false,
      currentStage: step.currentStage,
      nextStage: step.nextStage,
      versionMax: 0,
      versionActive: 0,
      isid: request.isid,
      tsih,
      itt: request.itt,
      status: step.status,
      statSn,
      expCmdSn: request.cmdSn,
      // The session's first commands may follow at once.
      maxCmdSn:
        step.result === undefined || step.status !== 0 ? request.cmdSn : add(request.cmdSn, FIRST_WINDOW - 1),
    };
    this.#connection.send((b, at) => writeLoginResponse(response, data.length, b, at), data);
  }

  #refuse(status: number, reason: string): void {
    this.#done = true;
    clearTimeout(this.#timer);
    this.#events.refused(this.#names(), status, reason);
    this.#events.ended();
    this.#connection.end();
  }

  #names() {
    return { initiatorName: this.#login.initiatorName, targetName: this.#login.targetName };
  }

  #timedOut(timeoutMs: number): void {
    this.#abandon(`The login took longer than ${timeoutMs / 1000} s.`);
    this.#connection.destroy();
  }

  broken(error: Error): void {
    this.#abandon(error.message);
  }

  closed(): void {
    this.#abandon('The initiator closed the connection during the login.');
  }

  #abandon(reason: string): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#timer);
    this.#events.refused(this.#names(), LoginStatus.InitiatorError, reason);
    this.#events.ended();
  }
}
