/**
 * Admission: how many nodes come up at the same time. A node that boots reads its disk at full speed; too many at once
 * would slow each other until they run out of patience. Those that wait are taken by priority, then from the project
 * that has fewest coming up, then by age: a project that boots fifty keeps nobody else waiting for all of them.
 *
 * The queue is memory, and what it is made of is in the database (admission-order.ts): after a restart those that were coming
 * up have their places, and those that waited stand in the queue, before any of them asks for its turn again.
 */

/** How a boot stands among those that wait. */
export const PRIORITIES = ['low', 'normal', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

export type Entrant = { boot: string; project: string; priority: Priority };
/** Makes room for the next. Called twice it does nothing more. */
export type Leave = () => void;

type Waiting = { entrant: Entrant; admit: (leave: Leave) => void };
/** A place that was given before its boot has asked for it. */
type Kept = { leave: Leave; waited: boolean };

export class Admission {
  readonly #bound: () => number;
  readonly #inside = new Map<symbol, Entrant>();
  readonly #waiting = new Set<Waiting>();
  readonly #kept = new Map<string, Kept>();

  /** `bound` is asked each time: it may have learned. */
  constructor(bound: () => number) {
    this.#bound = bound;
  }

  get figures(): { bound: number; comingUp: number; waiting: number } {
    return { bound: this.#bound(), comingUp: this.#inside.size, waiting: this.#waiting.size };
  }

  /** As it was when the service ended. Those that were coming up stay so, also where fewer may by now. */
  restore(comingUp: readonly Entrant[], waiting: readonly Entrant[]): void {
    for (const entrant of comingUp)
      this.#kept.set(entrant.boot, { leave: this.#take(entrant), waited: false });
    for (const entrant of waiting) {
      const admit = (leave: Leave) => void this.#kept.set(entrant.boot, { leave, waited: true });
      this.#waiting.add({ entrant, admit });
    }
    this.#admit();
  }

  /** A boot that is over before it has asked again keeps no place. */
  forget(boot: string): void {
    this.#leaveQueue(boot);
    this.#claim(boot)?.();
  }

  /** A place where there is one and nobody waits for it, or it is kept; else undefined. */
  enterAtOnce(entrant: Entrant): Leave | undefined {
    if (this.#kept.get(entrant.boot)?.waited === false) return this.#claim(entrant.boot);
    if (this.#waiting.size > 0 || this.#inside.size >= this.#bound()) return undefined;
    return this.#take(entrant);
  }

  /** Resolves when it is this boot's turn; rejects when `signal` is aborted. */
  async turn(entrant: Entrant, signal: AbortSignal): Promise<Leave> {
    signal.throwIfAborted();
    const kept = this.#claim(entrant.boot);
    if (kept) return kept;
    this.#leaveQueue(entrant.boot);
    const { promise, resolve, reject } = Promise.withResolvers<Leave>();
    const waiting: Waiting = { entrant, admit: resolve };
    const stop = () => {
      this.#waiting.delete(waiting);
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    this.#waiting.add(waiting);
    this.#admit();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #claim(boot: string): Leave | undefined {
    const kept = this.#kept.get(boot);
    this.#kept.delete(boot);
    return kept?.leave;
  }

  #leaveQueue(boot: string): void {
    for (const waiting of this.#waiting) if (waiting.entrant.boot === boot) this.#waiting.delete(waiting);
  }

  #take(entrant: Entrant): Leave {
    const place = Symbol(entrant.boot);
    this.#inside.set(place, entrant);
    return () => {
      if (this.#inside.delete(place)) this.#admit();
    };
  }

  #admit(): void {
    while (this.#waiting.size > 0 && this.#inside.size < this.#bound()) {
      const next = this.#next();
      this.#waiting.delete(next);
      next.admit(this.#take(next.entrant));
    }
  }

  #next(): Waiting {
    const comingUp = new Map<string, number>();
    for (const { project } of this.#inside.values()) comingUp.set(project, (comingUp.get(project) ?? 0) + 1);
    const share = ({ project }: Entrant) => comingUp.get(project) ?? 0;
    return [...this.#waiting].reduce((best, other) => {
      const [a, b] = [best.entrant, other.entrant];
      // Ids of boots are ordered by time.
      const order =
        PRIORITIES.indexOf(b.priority) - PRIORITIES.indexOf(a.priority) ||
        share(a) - share(b) ||
        (a.boot < b.boot ? -1 : 1);
      return order > 0 ? other : best;
    });
  }
}
