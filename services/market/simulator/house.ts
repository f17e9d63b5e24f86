/** One owner's house: its nodes, its queue, what runs, what it lent. It knows nothing of prices. */
import { type Freed, planEasy } from './easy.ts';
import type { Job } from './workload.ts';

export type Waiting = { job: Job; nodes: number; estimate: number };
export type Running = { job: Job; local: number; until: number };
/** `until`: when the nodes are the owner's again, ready for use. */
export type Lent = { nodes: number; until: number };

export class House {
  readonly nodes: number;
  readonly queue: Waiting[] = [];
  readonly running = new Set<Running>();
  readonly lent = new Set<Lent>();
  /** Neither in use nor lent. */
  free: number;
  /** When the first job of the queue could start here; meaningful after `startable`. */
  shadow = 0;
  /** Nodes that new jobs asked for, by slot, the last ones: what a forecast is made of. */
  readonly arrivals: number[] = [0];

  constructor(nodes: number) {
    this.nodes = nodes;
    this.free = nodes;
  }

  submit(job: Job): void {
    this.queue.push({ job, nodes: job.nodes, estimate: job.estimate });
    this.arrivals[this.arrivals.length - 1]! += job.nodes;
  }

  /** A new slot, as far as the forecast goes. */
  turnSlot(remembered: number): void {
    this.arrivals.push(0);
    if (this.arrivals.length > remembered) this.arrivals.shift();
  }

  /** Takes from the queue what can start here and now. */
  startable(now: number): Job[] {
    if (this.queue.length === 0) return [];
    const plan = planEasy(now, this.nodes, this.free, this.queue, () => this.#freed());
    this.shadow = plan.shadow;
    const jobs = plan.start.map((at) => this.queue[at]!.job);
    for (const at of plan.start.reverse()) this.queue.splice(at, 1);
    return jobs;
  }

  run(job: Job, local: number, until: number): Running {
    const running = { job, local, until };
    this.free -= local;
    this.running.add(running);
    return running;
  }

  finish(running: Running): void {
    this.running.delete(running);
    this.free += running.local;
  }

  lend(nodes: number, until: number): Lent {
    if (nodes > this.free) throw new Error(`${nodes} nodes were let, ${this.free} are free: sold twice`);
    const lent = { nodes, until };
    this.free -= nodes;
    this.lent.add(lent);
    return lent;
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
