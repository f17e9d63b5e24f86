/** The iSCSI server: listens, lets initiators in, and keeps the list of targets. */
import { EventEmitter } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { IscsiError } from './errors.ts';
import type { Admission, LoginResult } from './login/login.ts';
import { type Established, LoginHandler } from './login/login-handler.ts';
import { LOGIN_MAX_RECV, TARGET_MAX_RECV } from './login/negotiation.ts';
import { messageOf } from './message.ts';
import { foldName } from './names.ts';
import { LoginStatus } from './pdu/login.ts';
import { type EndReason, Session, type TargetStats } from './session/session.ts';
import type { DiscoveredTarget } from './session/text-exchange.ts';
import { infoOf, type LoginRefused, type SessionInfo } from './session-info.ts';
import { Target, type TargetOptions } from './target.ts';
import { BufferPool } from './transport/buffer-pool.ts';
import { Connection } from './transport/connection.ts';

export type ServerOptions = {
  /** A login has to be complete within this time. */
  loginTimeoutMs?: number | undefined;
  /** Connections that have not logged in; more are closed at once. */
  maxLogins?: number | undefined;
  /** Of one target. */
  maxSessionsPerTarget?: number | undefined;
};

type Events = {
  login: [SessionInfo];
  login_refused: [LoginRefused];
  logout: [SessionInfo & { reason: EndReason; detail: string | undefined }];
};

const DEFAULTS = { loginTimeoutMs: 15_000, maxLogins: 256, maxSessionsPerTarget: 32 };
const TICK_MS = 5_000;

export class IscsiServer extends EventEmitter<Events> {
  readonly #options: Required<{ [K in keyof ServerOptions]: number }>;
  readonly #targets = new Map<string, Target>();
  readonly #discoveries = new Set<Session>();
  readonly #servers = new Set<Server>();
  readonly #connections = new Set<Connection>();
  readonly #pool = new BufferPool();
  readonly #tick: NodeJS.Timeout;
  #logins = 0;
  #nextTsih = 1;
  #closed = false;

  constructor(options: ServerOptions = {}) {
    super();
    this.#options = {
      loginTimeoutMs: options.loginTimeoutMs ?? DEFAULTS.loginTimeoutMs,
      maxLogins: options.maxLogins ?? DEFAULTS.maxLogins,
      maxSessionsPerTarget: options.maxSessionsPerTarget ?? DEFAULTS.maxSessionsPerTarget,
    };
    this.#tick = setInterval(() => {
      const now = Date.now();
      for (const session of this.#allSessions()) session.tick(now);
    }, TICK_MS);
    this.#tick.unref();
  }

  /** Opens a portal; may be called for several. Port 0 picks a free one. */
  listen(where: { host?: string; port?: number } = {}): Promise<{ host: string; port: number }> {
    const { host = '0.0.0.0', port = 3260 } = where;
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
    return new Promise((resolve, reject) => {
      server.once('error', (error) => {
        reject(
          new IscsiError('listen_failed', `Cannot listen on ${host}:${port}: ${messageOf(error)}.`, {
            cause: error,
            hint: 'Choose another port, or stop what uses this one.',
          }),
        );
      });
      server.listen({ host, port }, () => {
        const address = server.address() as AddressInfo;
        this.#servers.add(server);
        // What fails later (accept out of file descriptors) concerns one connection, not the server.
        server.removeAllListeners('error').on('error', () => undefined);
        resolve({ host: address.address, port: address.port });
      });
    });
  }

  /** Serves a disk under a name, from now on. Throws an IscsiError when something about it is wrong. */
  addTarget(options: TargetOptions): void {
    const target = new Target(options);
    if (this.#targets.has(target.name)) {
      throw new IscsiError('target_exists', `There is a target ${target.name} already.`, {
        hint: 'Remove it first, or choose another name.',
      });
    }
    this.#targets.set(target.name, target);
  }

  /**
   * Takes a target away: its initiators are asked to log out and get `graceMs` for it, then their sessions end. Once
   * this resolves nothing touches the disk any more, and what was written is flushed. Rejects when the flush fails;
   * the target is gone then too.
   */
  removeTarget(name: string, options: { graceMs?: number } = {}): Promise<void> {
    let target: Target;
    try {
      target = this.#target(name);
    } catch (error) {
      return Promise.reject(error);
    }
    target.removal ??= this.#remove(target, 'target_removed', options.graceMs ?? 0);
    return target.removal;
  }

  async #remove(target: Target, reason: EndReason, graceMs: number): Promise<void> {
    await endSessions(target, reason, graceMs);
    this.#targets.delete(target.name);
    if (!target.unit.disk.readOnly) await target.unit.disk.flush();
  }

  hasTarget(name: string): boolean {
    return this.#targets.has(foldName(name));
  }

  targets(): string[] {
    return [...this.#targets.keys()];
  }

  sessions(): SessionInfo[] {
    return [...this.#allSessions()].map(infoOf);
  }

  stats(name: string): Readonly<TargetStats> & { sessions: number } {
    const target = this.#target(name);
    return { ...target.stats, sessions: target.sessions.size };
  }

  /** Ends all sessions, flushes all disks, closes all portals. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#tick);
    const closing = [...this.#servers].map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const session of [...this.#discoveries]) session.end('server_closed');
    const flushed = await Promise.allSettled(
      [...this.#targets.values()].map(
        (target) => (target.removal ??= this.#remove(target, 'server_closed', 0)),
      ),
    );
    for (const connection of [...this.#connections]) connection.destroy();
    await Promise.all(closing);
    const failed = flushed.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #target(name: string): Target {
    const target = this.#targets.get(foldName(name));
    if (target === undefined) {
      throw new IscsiError('target_not_found', `There is no target ${name}.`, {
        hint: 'See what there is with targets().',
      });
    }
    return target;
  }

  *#allSessions(): Iterable<Session> {
    for (const target of this.#targets.values()) yield* target.sessions;
    yield* this.#discoveries;
  }

  // --- From a connection to a session ------------------------------------------------------------------------------

  #accept(socket: Socket): void {
    if (this.#closed || this.#logins >= this.#options.maxLogins) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, this.#pool, LOGIN_MAX_RECV);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
    this.#logins += 1;
    const from = `${connection.remoteAddress}:${connection.remotePort}`;
    const handler = new LoginHandler<Target>(
      connection,
      { admit: (initiator, target) => this.#admit(initiator, target, connection.remoteAddress) },
      {
        establish: (login) => this.#establish(login),
        established: (session, tsih) => {
          this.#logins -= 1;
          this.#start(connection, session, tsih);
        },
        refused: ({ initiatorName, targetName }, status, reason) => {
          this.emit('login_refused', { initiator: initiatorName, target: targetName, from, status, reason });
        },
        ended: () => {
          this.#logins -= 1;
        },
      },
      this.#options.loginTimeoutMs,
    );
    connection.handleBy(handler);
  }

  #admit(initiator: string, name: string, address: string): Admission<Target> {
    const target = this.#targets.get(foldName(name));
    if (target === undefined) {
      return { admitted: false, status: LoginStatus.NotFound, reason: 'There is no target of this name.' };
    }
    if (target.removal !== undefined) {
      return { admitted: false, status: LoginStatus.TargetRemoved, reason: 'The target is being removed.' };
    }
    const refuse = (reason: string) => ({
      admitted: false as const,
      status: LoginStatus.AuthorizationFailure,
      reason,
    });
    if (!target.admitsInitiator(initiator)) return refuse('The target is not for this initiator.');
    if (!target.admitsAddress(address)) return refuse('The target is not for this address.');
    return { admitted: true, target, chap: target.chap };
  }

  async #establish(
    login: LoginResult<Target>,
  ): Promise<{ tsih: number } | { status: number; reason: string }> {
    const { target } = login;
    const sessions = target?.sessions ?? this.#discoveries;
    if (login.tsih !== 0) {
      const known = [...sessions].some((session) => session.tsih === login.tsih);
      return known
        ? { status: LoginStatus.TooManyConnections, reason: 'A session has one connection here.' }
        : { status: LoginStatus.SessionDoesNotExist, reason: `There is no session ${login.tsih}.` };
    }
    if (target !== undefined) {
      // Session reinstatement (6.3.5): the same initiator port starts anew, and nothing of the old session may follow.
      await Promise.all(endOlder(target, portOf(login)).map((old) => old.tasks.quiesced()));
      if (target.removal !== undefined)
        return { status: LoginStatus.TargetRemoved, reason: 'The target is being removed.' };
      if (target.sessions.size >= this.#options.maxSessionsPerTarget) {
        return { status: LoginStatus.OutOfResources, reason: 'The target has too many sessions.' };
      }
    }
    return { tsih: this.#newTsih() };
  }

  #newTsih(): number {
    const tsih = this.#nextTsih;
    this.#nextTsih = tsih >= 0xffff ? 1 : tsih + 1;
    return tsih;
  }

  #start(connection: Connection, established: Established<Target>, tsih: number): void {
    const { login } = established;
    connection.framer.maxDataLength = TARGET_MAX_RECV;
    connection.framer.headerDigest = login.parameters.headerDigest;
    connection.framer.dataDigest = login.parameters.dataDigest;
    connection.format.headerDigest = login.parameters.headerDigest;
    connection.format.dataDigest = login.parameters.dataDigest;
    // Two logins of one initiator port can have come at the same time; the later one stays.
    if (login.target !== undefined) endOlder(login.target, portOf(login));
    const session = new Session({
      connection,
      pool: this.#pool,
      login,
      target: login.target,
      tsih,
      cmdSn: established.cmdSn,
      statSn: established.statSn,
      targets: () => this.#discoverable(login.initiatorName, connection),
      onEnd: (ended, reason, detail) => {
        (ended.target === undefined ? this.#discoveries : login.target!.sessions).delete(ended);
        this.emit('logout', { ...infoOf(ended), reason, detail });
      },
    });
    (login.target?.sessions ?? this.#discoveries).add(session);
    connection.handleBy(session);
    this.emit('login', infoOf(session));
  }

  /** What SendTargets shows: only what this initiator may use, at the portal that it came by. */
  #discoverable(initiator: string, connection: Connection): DiscoveredTarget[] {
    const host = connection.localAddress.includes(':')
      ? `[${connection.localAddress}]`
      : connection.localAddress;
    return [...this.#targets.values()]
      .filter(
        (t) =>
          t.removal === undefined &&
          t.admitsInitiator(initiator) &&
          t.admitsAddress(connection.remoteAddress),
      )
      .map((t) => ({ name: t.name, addresses: [`${host}:${connection.localPort},1`] }));
  }
}

const portOf = (login: LoginResult<Target>): string => `${login.initiatorName},i,0x${login.isid}`;

function endOlder(target: Target, port: string): Session[] {
  const older = [...target.sessions].filter((session) => session.nexus.port === port);
  for (const session of older) session.end('reinstated');
  return older;
}

async function endSessions(target: Target, reason: EndReason, graceMs: number): Promise<void> {
  const sessions = [...target.sessions];
  if (graceMs > 0 && sessions.length > 0) {
    for (const session of sessions) session.requestLogout(Math.ceil(graceMs / 1000));
    const deadline = Date.now() + graceMs;
    while (target.sessions.size > 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const session of sessions) session.end(reason);
  await Promise.all(sessions.map((session) => session.tasks.quiesced()));
  await target.unit.settled();
}
