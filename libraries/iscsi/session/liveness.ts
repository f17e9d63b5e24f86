/** Finds initiators that went silent: pings that are not answered, data of writes that does not come. */
import type { Task } from './task.ts';

/** Data asked for has to come within this time, a ping has to be answered within it. */
const STALL_MS = 60_000;
/** An idle session is pinged after this time. */
const PING_AFTER_MS = 30_000;

/** How open-iscsi's session identifiers begin: Linux, which answers pings. */
const OPEN_ISCSI = '00023d';

export class Liveness {
  #heardAt: number;
  /** iPXE drops the connection on a ping: only who is known to answer is pinged, and who pings itself. */
  #pings: boolean;
  #pingSentAt: number | undefined;

  /** `isid`: of the session, in hexadecimal. A server may freeze before Linux has pinged for the first time. */
  constructor(now: number, isid: string) {
    this.#heardAt = now;
    this.#pings = isid.startsWith(OPEN_ISCSI);
  }

  heard(now: number): void {
    this.#heardAt = now;
  }

  /** The initiator sent a ping of its own. */
  pinged(): void {
    this.#pings = true;
  }

  answered(): void {
    this.#pingSentAt = undefined;
  }

  /** What there is to do now: end the session, for the reason given; send a ping; nothing. */
  check(now: number, tasks: Iterable<Task>): { dead: string } | 'ping' | undefined {
    for (const task of tasks) {
      const awaited = task.state === 'collecting' && (task.unsolicited || task.burst !== undefined);
      if (awaited && now - task.progressAt > STALL_MS) return { dead: 'The data of a write did not come.' };
    }
    if (this.#pingSentAt !== undefined) {
      return now - this.#pingSentAt > STALL_MS ? { dead: 'A ping was not answered.' } : undefined;
    }
    if (!this.#pings || now - this.#heardAt <= PING_AFTER_MS) return undefined;
    this.#pingSentAt = now;
    return 'ping';
  }
}
