/** The iSCSI server: listens, lets initiators in, and keeps the list of targets. */
import { EventEmitter } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Access, type AccessOptions } from './access.ts';
import { IscsiError } from './errors.ts';
import { type DoorLimits, FrontDoor } from './front-door.ts';
import { codeOf, messageOf } from './message.ts';
import { checkName, foldName } from './names.ts';
import type { Limits } from './scheduling/gate.ts';
import type { EndReason, Session } from './session/session.ts';
import { infoOf, type LoginRefused, type SessionInfo, statsOf, type TargetStats } from './session-info.ts';
import { Target, type TargetOptions } from './target.ts';

export type ServerOptions = {
  /** A login has to be complete within this time. */
  loginTimeoutMs?: number | undefined;
  /** Connections that have not logged in; more are closed at once. */
  maxLogins?: number | undefined;
  /** Of one target. */
  maxSessionsPerTarget?: number | undefined;
};

export type ServerEvents = {
  login: [SessionInfo];
  login_refused: [LoginRefused];
  logout: [SessionInfo & { reason: EndReason; detail: string | undefined }];
};

const DEFAULTS = { loginTimeoutMs: 15_000, maxLogins: 256, maxSessionsPerTarget: 32 };
const TICK_MS = 5_000;
const LISTEN_HINTS: Record<string, string> = {
  EADDRINUSE: 'Choose another port, or stop what uses this one.',
  EADDRNOTAVAIL: 'Name an address that this machine has (`ip address`).',
};

export class IscsiServer extends EventEmitter<ServerEvents> {
  readonly #targets = new Map<string, Target>();
  readonly #door: FrontDoor;
  readonly #servers = new Set<Server>();
  readonly #tick: NodeJS.Timeout;
  #closed = false;

  constructor(options: ServerOptions = {}) {
    super();
    const limits: DoorLimits = {
      loginTimeoutMs: options.loginTimeoutMs ?? DEFAULTS.loginTimeoutMs,
      maxLogins: options.maxLogins ?? DEFAULTS.maxLogins,
      maxSessionsPerTarget: options.maxSessionsPerTarget ?? DEFAULTS.maxSessionsPerTarget,
    };
    this.#door = new FrontDoor(this.#targets, limits, {
      login: (session) => this.emit('login', infoOf(session)),
      refused: (event) => this.emit('login_refused', event),
      ended: (session, reason, detail) => this.emit('logout', { ...infoOf(session), reason, detail }),
    });
    this.#tick = setInterval(() => {
      const now = Date.now();
      for (const session of this.#allSessions()) session.tick(now);
      this.#door.tick();
    }, TICK_MS);
    this.#tick.unref();
  }

  /** Opens a portal; may be called for several. Port 0 picks a free one. */
  listen(where: { host?: string; port?: number } = {}): Promise<{ host: string; port: number }> {
    const { host = '0.0.0.0', port = 3260 } = where;
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) =>
      this.#door.accept(socket),
    );
    return new Promise((resolve, reject) => {
      server.once('error', (error) => {
        reject(
          new IscsiError('listen_failed', `Cannot listen on ${host}:${port}: ${messageOf(error)}.`, {
            cause: error,
            hint: LISTEN_HINTS[codeOf(error)] ?? 'Name an address of this machine and a port above 1023.',
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
    target.gate.close();
    if (!target.unit.disk.readOnly) await target.unit.flush();
  }

  /**
   * Sends initiators of this target to another portal ("10.0.0.1:3261", "[fd00::1]:3261", or ":3261" for the address by
   * which they came), such as another thread or process: so one well-known portal stands for many servers. Undefined:
   * no more. A target of our own of that name comes first. `access` says whom discovery shows it to; who may use the
   * target is for the other server to say.
   */
  redirect(name: string, portal: string | undefined, access: AccessOptions = {}): void {
    const folded = checkName(name, 'target');
    if (portal === undefined) this.#door.moved.delete(folded);
    else if (/^(\[[0-9a-fA-F:.]+\]|[0-9A-Za-z.-]*):\d{1,5}$/.test(portal))
      this.#door.moved.set(folded, { portal, access: new Access(access) });
    else
      throw new IscsiError('portal_invalid', `"${portal}" is not a portal.`, {
        hint: 'Write an address and a port, such as 10.0.0.1:3261.',
      });
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

  /** What has gone through the target since it was added. */
  stats(name: string): TargetStats {
    return statsOf(this.#target(name));
  }

  /** The same of every target: what an operator bills by, told apart by the targets' tags (volume, node, lease). */
  accounting(): TargetStats[] {
    return [...this.#targets.values()].map(statsOf);
  }

  /** Sets the target's limits anew, also for what waits already; left out: none. */
  limit(name: string, limits: Limits): void {
    this.#target(name).gate.limit(limits);
  }

  /** The target's disk may have grown: initiators that are logged in are told to look at its capacity again. */
  resized(name: string): void {
    this.#target(name).unit.resized();
  }

  /** Ends all sessions, flushes all disks, closes all portals. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#tick);
    const closing = [...this.#servers].map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    this.#door.close();
    const flushed = await Promise.allSettled(
      [...this.#targets.values()].map(
        (target) => (target.removal ??= this.#remove(target, 'server_closed', 0)),
      ),
    );
    await this.#door.destroyConnections();
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
    yield* this.#door.discoveries;
  }
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
