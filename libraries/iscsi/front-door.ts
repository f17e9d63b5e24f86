/** From a connection to a session: who may come in, and what has to end before they do. */
import type { Socket } from 'node:net';
import type { Access } from './access.ts';
import type { Admission, LoginResult } from './login/login.ts';
import { type Established, LoginHandler } from './login/login-handler.ts';
import { LOGIN_MAX_RECV, TARGET_MAX_RECV } from './login/negotiation.ts';
import { foldName } from './names.ts';
import { LoginStatus } from './pdu/login.ts';
import { type EndReason, Session } from './session/session.ts';
import type { DiscoveredTarget } from './session/text-exchange.ts';
import type { LoginRefused } from './session-info.ts';
import type { Target } from './target.ts';
import { BufferPool } from './transport/buffer-pool.ts';
import { Connection } from './transport/connection.ts';

export type DoorLimits = { loginTimeoutMs: number; maxLogins: number; maxSessionsPerTarget: number };

export type DoorEvents = {
  login(session: Session): void;
  refused(event: LoginRefused): void;
  ended(session: Session, reason: EndReason, detail: string | undefined): void;
};

/** `portal` is "host:port", or ":port" at the address by which an initiator came. */
export type Moved = { portal: string; access: Access };

export class FrontDoor {
  readonly #targets: ReadonlyMap<string, Target>;
  /** Targets that another portal serves, by name. */
  readonly moved = new Map<string, Moved>();
  readonly #limits: DoorLimits;
  readonly #events: DoorEvents;
  readonly #pool = new BufferPool();
  readonly #connections = new Set<Connection>();
  readonly #discoveries = new Set<Session>();
  #logins = 0;
  #nextTsih = 1;
  #closed = false;

  constructor(targets: ReadonlyMap<string, Target>, limits: DoorLimits, events: DoorEvents) {
    this.#targets = targets;
    this.#limits = limits;
    this.#events = events;
  }

  /** Sessions that only ask for targets. */
  get discoveries(): ReadonlySet<Session> {
    return this.#discoveries;
  }

  /** Called every few seconds. */
  tick(): void {
    this.#pool.trim();
  }

  accept(socket: Socket): void {
    if (this.#closed || this.#logins >= this.#limits.maxLogins) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, this.#pool, LOGIN_MAX_RECV);
    this.#connections.add(connection);
    void connection.gone.then(() => this.#connections.delete(connection));
    this.#logins += 1;
    const from = `${connection.remoteAddress}:${connection.remotePort}`;
    const handler = new LoginHandler<Target>(
      connection,
      { admit: (initiator, target) => this.#admit(initiator, target, connection) },
      {
        establish: (login) => this.#establish(login),
        established: (session, tsih) => {
          this.#logins -= 1;
          this.#start(connection, session, tsih);
        },
        refused: ({ initiatorName, targetName }, status, reason) => {
          if (status === LoginStatus.TargetMovedTemporarily) return;
          this.#events.refused({ initiator: initiatorName, target: targetName, from, status, reason });
        },
        ended: () => {
          this.#logins -= 1;
        },
      },
      this.#limits.loginTimeoutMs,
    );
    connection.handleBy(handler);
  }

  /** Nobody is let in any more. */
  close(): void {
    this.#closed = true;
    for (const session of [...this.#discoveries]) session.end('server_closed');
  }

  /** What is still connected is cut off; resolves when nothing is. */
  async destroyConnections(): Promise<void> {
    await Promise.all(
      [...this.#connections].map((connection) => {
        connection.destroy();
        return connection.gone;
      }),
    );
  }

  #admit(initiator: string, name: string, connection: Connection): Admission<Target> {
    const target = this.#targets.get(foldName(name));
    if (target === undefined) {
      const moved = this.moved.get(foldName(name));
      if (moved !== undefined) return { admitted: false, movedTo: portalFor(connection, moved) };
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
    if (!target.access.admitsInitiator(initiator)) return refuse('The target is not for this initiator.');
    if (!target.access.admitsAddress(connection.remoteAddress))
      return refuse('The target is not for this address.');
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
      if (target.sessions.size >= this.#limits.maxSessionsPerTarget) {
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
        this.#events.ended(ended, reason, detail);
      },
    });
    (login.target?.sessions ?? this.#discoveries).add(session);
    connection.handleBy(session);
    this.#events.login(session);
  }

  /** What SendTargets shows: only what this initiator may use, at the portal that has it. */
  #discoverable(initiator: string, connection: Connection): DiscoveredTarget[] {
    const own = [...this.#targets.values()]
      .filter((target) => target.removal === undefined)
      .map(({ name, access }) => ({ name, access, portal: `:${connection.localPort}` }));
    const moved = [...this.moved].map(([name, where]) => ({ name, ...where }));
    return [...own, ...moved]
      .filter(({ access }) => access.admits(initiator, connection.remoteAddress))
      .map(({ name, portal, access }) => ({
        name,
        addresses: [`${portalFor(connection, { portal, access })},1`],
      }));
  }
}

function portalFor({ localAddress }: Connection, { portal }: Moved): string {
  if (!portal.startsWith(':')) return portal;
  return (localAddress.includes(':') ? `[${localAddress}]` : localAddress) + portal;
}

const portOf = (login: LoginResult<Target>): string => `${login.initiatorName},i,0x${login.isid}`;

function endOlder(target: Target, port: string): Session[] {
  const older = [...target.sessions].filter((session) => session.nexus.port === port);
  for (const session of older) session.end('reinstated');
  return older;
}
