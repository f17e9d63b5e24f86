/**
 * Targets spread over threads, one well-known portal for all. A thread owns its targets whole: listener, sessions,
 * disks. The portal has none; a login there is answered by "target moved temporarily" to the thread's port, and
 * SendTargets names that port at once. So no byte of data goes from one thread to another, and a thread that crashes
 * takes only its own sessions along: it is started anew, and initiators log in again.
 */
import { EventEmitter } from 'node:events';
import { IscsiError } from '../errors.ts';
import { checkName, foldName } from '../names.ts';
import type { Limits } from '../scheduling/gate.ts';
import { IscsiServer, type ServerEvents } from '../server.ts';
import type { TargetStats } from '../session-info.ts';
import type { Portal } from '../standalone.ts';
import type { FileTarget } from './messages.ts';
import { ServingThread } from './serving-thread.ts';

export type ThreadedOptions = {
  threads: number;
  /** The portals that initiators are told; port 0 picks a free one. */
  listen: readonly Portal[];
};

type Events = ServerEvents & {
  /** A thread crashed and is back. `lost`: targets that could not be served again, and why. */
  thread_restarted: [{ reason: string; targets: string[]; lost: ReadonlyMap<string, string> }];
};

export class ThreadedServer extends EventEmitter<Events> {
  readonly portals: readonly Portal[];
  readonly #front: IscsiServer;
  readonly #threads: readonly ServingThread[];
  readonly #byTarget = new Map<string, ServingThread>();
  #closing: Promise<void> | undefined;

  private constructor(front: IscsiServer, portals: readonly Portal[], threads: number) {
    super();
    this.#front = front;
    this.portals = portals;
    front.on('login_refused', (event) => this.emit('login_refused', event));
    const hosts = [...new Set(portals.map(({ host }) => host))];
    this.#threads = Array.from({ length: threads }, (): ServingThread => {
      const thread: ServingThread = new ServingThread(hosts, {
        event: (name, info) => void this.emit(name as 'login', info as Events['login'][0]),
        restarted: (reason, lost) =>
          void this.emit('thread_restarted', { reason, targets: [...thread.targets.keys()], lost }),
      });
      return thread;
    });
  }

  static async start({ threads, listen }: ThreadedOptions): Promise<ThreadedServer> {
    const front = new IscsiServer();
    let server: ThreadedServer | undefined;
    try {
      const portals: Portal[] = [];
      for (const portal of listen) portals.push(await front.listen(portal));
      server = new ThreadedServer(front, portals, threads);
      await Promise.all(server.#threads.map((thread) => thread.start()));
      return server;
    } catch (error) {
      await (server ?? front).close().catch(() => undefined);
      throw error;
    }
  }

  /** Serves a file from now on, by the thread that has the fewest targets. */
  async addTarget(target: FileTarget): Promise<void> {
    const name = checkName(target.name, 'target');
    if (this.#byTarget.has(name)) {
      throw new IscsiError('target_exists', `There is a target ${name} already.`, {
        hint: 'Remove it first, or choose another name.',
      });
    }
    const count = (thread: ServingThread) => [...this.#byTarget.values()].filter((t) => t === thread).length;
    const thread = this.#threads.reduce((least, each) => (count(each) < count(least) ? each : least));
    // At once, so that no second one of the name is added meanwhile.
    this.#byTarget.set(name, thread);
    try {
      await thread.add(target);
      this.#front.redirect(name, `:${thread.port}`, target);
    } catch (error) {
      this.#byTarget.delete(name);
      throw error;
    }
  }

  /** As `IscsiServer.removeTarget`. */
  async removeTarget(name: string, { graceMs = 0 } = {}): Promise<void> {
    const thread = this.#threadOf(name);
    this.#front.redirect(name, undefined);
    await thread.remove(name, graceMs).finally(() => this.#byTarget.delete(foldName(name)));
  }

  async limit(name: string, limits: Limits): Promise<void> {
    await this.#threadOf(name).limit(name, limits);
  }

  /** Of every target, in no order; those of a thread that is being started anew are missing. */
  async accounting(): Promise<TargetStats[]> {
    const all = await Promise.allSettled(this.#threads.map((thread) => thread.accounting()));
    return all.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  }

  /** Ends all sessions, flushes all disks. Rejects when a flush fails; all is closed then too. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const ends = [this.#front.close(), ...this.#threads.map((thread) => thread.close())];
    for (const end of await Promise.allSettled(ends)) if (end.status === 'rejected') throw end.reason;
  }

  /** For tests: ends the thread of a target as a crash would. */
  async crashThreadOf(name: string): Promise<void> {
    await this.#threadOf(name).crash();
  }

  #threadOf(name: string): ServingThread {
    const thread = this.#byTarget.get(foldName(name));
    if (thread !== undefined) return thread;
    throw new IscsiError('target_not_found', `There is no target ${name}.`, {
      hint: 'See what there is with accounting().',
    });
  }
}
