/** Nodes that a house rented ahead: they are its own from a time to another, for jobs that end before. */
import type { Job } from './workload.ts';

export type Guest = { from: number; until: number; free: number };
export type Taken = { guest: Guest; nodes: number };

/** So long a guest must be there still to count on it. */
const USEFUL_S = 1_800;

export class Guests {
  readonly #guests = new Set<Guest>();

  add(guest: Guest): void {
    this.#guests.add(guest);
  }

  /** Nobody is on it any more: only jobs that ended before were let on. */
  leave(guest: Guest): void {
    this.#guests.delete(guest);
  }

  /** Nodes that are free, or will be ready soon. */
  ready(now: number): number {
    let sum = 0;
    for (const { until, free } of this.#guests) if (until >= now + USEFUL_S) sum += free;
    return sum;
  }

  /** All of the nodes that a job wants, for as long as it may take, from those that leave first; or none. */
  take({ nodes, estimate }: Pick<Job, 'nodes' | 'estimate'>, now: number): Taken[] | undefined {
    let lacks = nodes;
    const taken: Taken[] = [];
    // They stand in the order in which they came; each stays as long as any other, so the first leaves first.
    for (const guest of this.#guests) {
      if (guest.free === 0 || guest.from > now || guest.until < now + estimate) continue;
      const some = Math.min(lacks, guest.free);
      taken.push({ guest, nodes: some });
      lacks -= some;
      if (lacks === 0) break;
    }
    if (lacks > 0) return undefined;
    for (const { guest, nodes } of taken) guest.free -= nodes;
    return taken;
  }

  /** Whether any job could be let on now. */
  isEmpty(now: number): boolean {
    for (const { from, free } of this.#guests) if (free > 0 && from <= now) return false;
    return true;
  }
}
