/** One owner's house: its nodes, its queue, what runs, what it lent. It knows nothing of prices. */
import type { Past } from '../policies/forecast.ts';
import { type Freed, planEasy } from './easy.ts';
import { Guests, type Taken } from './guests.ts';
import type { Job } from './workload.ts';

/** `heldUntil`: it is tried elsewhere first. */
export type Waiting = { job: Job; nodes: number; estimate: number; heldUntil: number };
export type Running = { job: Job; start: number; local: number; until: number; guests: readonly Taken[] };
export type Start = { job: Job; guests: readonly Taken[] };
/** `until`: when the nodes are the owner's again, ready for use. `recallable`: it may have them back before. */
export type Lent = { nodes: number; until: number; recallable: boolean };

/** What is shorter is felt as if it were so long. */
const FELT_S = 600;
const LAST_JOBS = 200;
/** So many of the queue are tried on nodes that were rented ahead. */
const LOOKED_AT = 64;

export class House {
  readonly nodes: number;
  readonly queue: Waiting[] = [];
  readonly running = new Set<Running>();
  readonly lent = new Set<Lent>();
  readonly guests = new Guests();
  /** Neither in use nor lent. */
  free: number;
  /** When the first job of the queue could start here; meaningful after `startable`. */
  shadow = 0;
  /** What a forecast is made of. */
  past: Required<Past> = { levels: [], arrivals: [] };
  /** Of its last jobs, how many millionths waited for more than a twentieth of their time. */
  delayedPpm = 0;
  /** What it may come to need within a round. */
  soon = 0;
  #need = 0;
  #most = 0;
  #came = 0;

  constructor(nodes: number) {
    this.nodes = nodes;
    this.free = nodes;
  }

  /** Nodes that its waiting work needs. */
  get waiting(): number {
    return this.queue.reduce((sum, { nodes }) => sum + nodes, 0);
  }

  submit(job: Job, heldUntil: number): void {
    this.queue.push({ job, nodes: job.nodes, estimate: job.estimate, heldUntil });
    this.#came++;
    this.#needs(job.nodes);
  }

  /** What was stopped stands first. */
  resubmit(job: Job): void {
    this.queue.unshift({ job, nodes: job.nodes, estimate: job.estimate, heldUntil: 0 });
    this.#needs(job.nodes);
  }

  #needs(nodes: number): void {
    this.#need += nodes;
    this.#most = Math.max(this.#most, this.#need);
  }

  /** A new time, as far as the forecast goes. */
  turnTime(remembered: number): void {
    const last = (values: readonly number[], one: number) => [...values, one].slice(-remembered);
    this.past = {
      levels: last(this.past.levels, this.#most),
      arrivals: last(this.past.arrivals, this.#came),
    };
    this.#most = this.#need;
    this.#came = 0;
  }

  /** Takes from the queue what can start here and now. */
  startable(now: number): Start[] {
    if (this.queue.length === 0) return [];
    const abroad = this.#onGuests(now);
    const due = this.queue.filter(({ heldUntil }) => heldUntil <= now);
    if (due.length === 0) return abroad;
    const plan = planEasy(now, this.nodes, this.free, due, () => this.#freed());
    this.shadow = plan.shadow;
    for (const at of plan.start) this.#leaveQueue(due[at]!);
    return [...abroad, ...plan.start.map((at) => ({ job: due[at]!.job, guests: [] }))];
  }

  /** What fits on nodes that were rented ahead goes there first: they are paid for. */
  #onGuests(now: number): Start[] {
    if (this.guests.isEmpty(now)) return [];
    return this.queue.slice(0, LOOKED_AT).flatMap((one) => {
      const guests = one.heldUntil <= now ? this.guests.take(one.job, now) : undefined;
      if (!guests) return [];
      this.#leaveQueue(one);
      return [{ job: one.job, guests }];
    });
  }

  /** It was found nodes elsewhere. */
  withdraw(job: Job): void {
    this.#leaveQueue(this.queue.find((one) => one.job === job)!);
  }

  #leaveQueue(one: Waiting): void {
    this.queue.splice(this.queue.indexOf(one), 1);
  }

  run(job: Job, local: number, start: number, guests: readonly Taken[] = []): Running {
    const isDelayed = (start - job.submit) * 20 > Math.max(job.estimate, FELT_S);
    this.delayedPpm += ((isDelayed ? 1_000_000 : 0) - this.delayedPpm) / LAST_JOBS;
    const until = start + job.estimate;
    const running = { job, start, local, until, guests };
    this.free -= local;
    this.running.add(running);
    return running;
  }

  finish(running: Running): void {
    this.running.delete(running);
    this.#need -= running.job.nodes;
    this.free += running.local;
    for (const { guest, nodes } of running.guests) guest.free += nodes;
  }

  lend(nodes: number, until: number, recallable = false): Lent {
    if (nodes > this.free) throw new Error(`${nodes} nodes were let, ${this.free} are free: sold twice`);
    const lent = { nodes, until, recallable };
    this.free -= nodes;
    this.lent.add(lent);
    return lent;
  }

  /** Of what was lent so many nodes, by themselves. */
  split(lent: Lent, nodes: number): Lent {
    lent.nodes -= nodes;
    const apart = { ...lent, nodes };
    this.lent.add(apart);
    return apart;
  }

  /** Nodes that it may have back; and those that come back by themselves until then. */
  lentOut(until: number): { recallable: number; coming: number } {
    const out = { recallable: 0, coming: 0 };
    for (const one of this.lent) {
      if (one.until <= until) out.coming += one.nodes;
      else if (one.recallable) out.recallable += one.nodes;
    }
    return out;
  }

  takeBack(lent: Lent): void {
    this.lent.delete(lent);
    this.free += lent.nodes;
  }

  #freed(): Freed[] {
    const freed: Freed[] = [];
    for (const { local, until } of this.running) if (local > 0) freed.push({ at: until, nodes: local });
    for (const { nodes, until } of this.lent) freed.push({ at: until, nodes });
    return freed;
  }
}
