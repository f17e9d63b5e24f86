/**
 * Which order serves which job. The market does not know of jobs, and an agent may be started anew: so the ids of its
 * bids say it. `HASH-SLOT-N`: the hash is of the job, the rest makes an id that was never used.
 */
import { hash } from 'node:crypto';
import type { Job } from './policy.ts';

const HASH_DIGITS = 32;

export class OrderIds {
  readonly #party: string;
  readonly #class: string;
  readonly #jobs: ReadonlyMap<string, string>;
  readonly #seen = new Map<string, number>();

  constructor(party: string, name: string, jobs: readonly Job[]) {
    this.#party = party;
    this.#class = name;
    this.#jobs = new Map(jobs.map(({ id }) => [this.#hash(id), id]));
  }

  /** Of an order; what was bid for otherwise is a job of its own. */
  jobOf(order: string): string {
    const stem = order.slice(0, HASH_DIGITS);
    this.#seen.set(stem, (this.#seen.get(stem) ?? 0) + 1);
    return this.#jobs.get(stem) ?? order;
  }

  /** For one more bid for a job, behind those that were seen. */
  next(job: string, slot: number): string {
    const stem = this.#hash(job);
    const n = this.#seen.get(stem) ?? 0;
    this.#seen.set(stem, n + 1);
    return `${stem}-${slot}-${n}`;
  }

  #hash(job: string): string {
    return hash('sha256', JSON.stringify([this.#party, this.#class, job])).slice(0, HASH_DIGITS);
  }
}
