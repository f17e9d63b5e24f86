/**
 * Admission: how many nodes come up at the same time. A node that boots reads its disk at full speed; too many at once
 * would slow each other until they run out of patience. Those that wait are taken by priority, then from the project
 * that has fewest coming up, then by age: a project that boots fifty keeps nobody else waiting for all of them.
 *
 * The queue is memory alone: after a restart every boot that is not through asks for its turn again.
 */

/** How a boot stands among those that wait. */
export const PRIORITIES = ['low', 'normal', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

export type Entrant = { boot: string; project: string; priority: Priority };
/** Makes room for the next. Called twice it does nothing more. */
export type Leave = () => void;

type Waiting = { entrant: Entrant; admit: (leave: Leave) => void };

export class Admission {
  readonly #bound: () => number;
  readonly #inside = new Map<symbol, Entrant>();
  readonly #waiting = new Set<Waiting>();

  /** `bound` is asked each time: it may have learned. */
  constructor(bound: () => number) {
    this.#bound = bound;
  }

  get figures(): { bound: number; comingUp: number; waiting: number } {
    return { bound: this.#bound(), comingUp: this.#inside.size, waiting: this.#waiting.size };
  }

  /** A place where there is one and nobody waits for it; else undefined. */
  enterAtOnce(entrant: Entrant): Leave | undefined {
    if (this.#waiting.size > 0 || this.#inside.size >= this.#bound()) return undefined;
    return this.#take(entrant);
  }

  /** Resolves when it is this boot's turn; rejects when `signal` is aborted. */
  async turn(entrant: Entrant, signal: AbortSignal): Promise<Leave> {
    signal.throwIfAborted();
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
