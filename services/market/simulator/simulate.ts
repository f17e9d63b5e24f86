/**
 * The simulation: jobs come, run at home or on rented nodes, end; once a slot the owners meet at the venue. Whole seconds,
 * no clock, no chance: the same workload and options make the same log, which its hash says.
 */
import type { AskPolicy } from '../policies/ask.ts';
import { EventQueue } from './event-queue.ts';
import type { Guest } from './guests.ts';
import { House, type Lent, type Running } from './house.ts';
import { Log } from './log.ts';
import type { Options, Ran, Run, Trading } from './run.ts';
import { Tenancies, type Tenancy } from './tenancies.ts';
import type { Offer, Venue, Wish } from './venues/venue.ts';
import type { Job, Workload } from './workload.ts';

/** Rounds are a minute before their slot: leases begin a minute after they were won. */
const BEFORE_SLOT_S = 60;
/** What an owner bids for at once. */
const WISHES = 64;
const END = 0;
const BACK = 1;
const STOP = 2;

type Event =
  | { end: Running; tenancy: Tenancy | null }
  | { stop: Tenancy; moved: boolean }
  | { back: Lent; house: House; until: number }
  | { guest: Guest; house: House };
/** Without a job it is rented ahead, for what may come. */
type Wanted = Wish & { job: Job | null; local: number };

export class Simulation {
  readonly #options: Options;
  readonly #workload: Workload;
  readonly #houses: House[];
  readonly #events = new EventQueue<Event>();
  readonly #log = new Log();
  readonly #ran = new Map<number, Ran>();
  readonly #prices: Run['prices'] = [];
  readonly #tenancies: Tenancies | null;
  #stopped = 0;
  #count = 0;
  #wishes = 0;
  #rounds = 0;
  #emptyRounds = 0;
  #now = 0;
  /** When owners meet next. */
  #round: number;

  constructor(workload: Workload, options: Options) {
    this.#workload = workload;
    this.#options = options;
    this.#round = options.slotS - BEFORE_SLOT_S;
    this.#houses = (options.pool ?? workload.owners).map(({ nodes }) => new House(nodes));
    const returns = (house: House, lent: Lent) =>
      this.#events.add(lent.until, BACK, { back: lent, house, until: lent.until });
    const { trading } = options;
    this.#tenancies = trading && new Tenancies(options, trading.venue, this.#houses, returns);
  }

  run(): Run {
    const { jobs, until } = this.#workload;
    const { slotS, progress, trading } = this.#options;
    let next = 0;
    for (;;) {
      const event = this.#events.next?.at ?? Number.POSITIVE_INFINITY;
      const arrival = jobs[next]?.submit ?? Number.POSITIVE_INFINITY;
      this.#now = Math.min(event, arrival, this.#round);
      if (this.#now > until || this.#isDone(next)) break;
      this.#count++;
      // What ends comes before what begins, so that its nodes are there.
      if (event === this.#now) this.#happen(this.#events.take()!.event);
      else if (arrival === this.#now) this.#arrive(jobs[next++]!);
      else {
        this.#meet(Math.floor(this.#round / slotS) + 1);
        this.#round += slotS;
        progress?.(Math.min(1, this.#now / until));
      }
    }
    const closed = trading?.venue.close(Math.min(this.#now, until)) ?? { net: [], hash: '' };
    this.#log.add(closed.hash);
    return {
      ...{ logHash: this.#log.digest(), events: this.#count, ran: this.#ran, net: closed.net },
      ...{ rentedNodeSlots: this.#tenancies?.nodeSlots ?? 0, prices: this.#prices },
      ...{ rounds: this.#rounds, emptyRounds: this.#emptyRounds },
      recalls: { ...(this.#tenancies?.recalls ?? { nodes: 0, moved: 0 }), stopped: this.#stopped },
    };
  }

  /** Nothing is left to come, to end or to come back. */
  #isDone(next: number): boolean {
    const idle = this.#houses.every(({ queue, lent }) => queue.length + lent.size === 0);
    return next === this.#workload.jobs.length && this.#events.next === undefined && idle;
  }

  #houseOf(job: Job): House {
    return this.#houses[this.#options.pool ? 0 : job.owner]!;
  }

  #arrive(job: Job): void {
    const house = this.#houseOf(job);
    house.submit(job, this.#isAbroadFirst(house, job) ? this.#round : this.#now);
    this.#log.add(`${this.#now} + ${job.id}`);
    this.#startAtHome(house);
  }

  #isAbroadFirst(house: House, { nodes, estimate }: Job): boolean {
    const { trading, provisionS, slotS } = this.#options;
    if (!trading || Math.ceil((provisionS + estimate) / slotS) > trading.longest) return false;
    const delay = this.#round + BEFORE_SLOT_S + provisionS - this.#now;
    const { free, soon, delayedPpm } = house;
    return trading.abroad({ nodes, estimate, delay, free, soon, delayedPpm });
  }

  #startAtHome(house: House): void {
    for (const { job, guests } of house.startable(this.#now)) {
      const local = guests.length > 0 ? 0 : job.nodes;
      this.#begin(job, house.run(job, local, this.#now, guests), this.#now, null);
    }
  }

  #begin(job: Job, running: Running, at: number, tenancy: Tenancy | null): void {
    const { local } = running;
    const { done = 0 } = job;
    if (tenancy) tenancy.running = running;
    // Of one that was stopped, as if it had run in one piece to the same end.
    this.#ran.set(job.id, {
      ...{ job: { ...job, run: job.run + done }, start: at - done, rented: job.nodes - local },
    });
    this.#events.add(at + job.run, END, { end: running, tenancy });
    this.#log.add(`${at} > ${job.id} ${local}/${job.nodes}`);
  }

  #happen(event: Event): void {
    if ('end' in event) {
      const house = this.#houseOf(event.end.job);
      if (!house.running.has(event.end)) return;
      this.#log.add(`${this.#now} - ${event.end.job.id}`);
      house.finish(event.end);
      if (event.tenancy) this.#tenancies!.leave(event.tenancy, this.#now);
      this.#startAtHome(house);
      return;
    }
    if ('stop' in event) {
      this.#stop(event.stop, event.moved);
      return;
    }
    const { house } = event;
    if ('guest' in event) {
      if (event.guest.until === this.#now) house.guests.leave(event.guest);
      else this.#startAtHome(house);
      return;
    }
    const { back, until } = event;
    // Of a lease that ended early, the first end is the one that counts.
    if (!house.lent.has(back) || back.until !== until) return;
    house.takeBack(back);
    this.#startAtHome(house);
  }

  /** Its nodes are had back: it saved its work, and goes on elsewhere with what is left of it. */
  #stop(tenancy: Tenancy, moved: boolean): void {
    const { slotS, provisionS } = this.#options;
    const running = tenancy.running!;
    const house = this.#houseOf(running.job);
    if (!house.running.has(running)) return;
    const { run, estimate, done = 0 } = running.job;
    const more = Math.max(0, this.#now - running.start);
    const job = { ...running.job, run: run - more, estimate: estimate - more, done: done + more };
    house.finish(running);
    this.#stopped++;
    this.#log.add(`${this.#now} ! ${job.id}`);
    const from = this.#now + provisionS;
    house.resubmit(job);
    if (moved && from + job.estimate <= tenancy.grant.end * slotS) {
      house.withdraw(job);
      this.#begin(job, house.run(job, running.local, from), from, tenancy);
    } else this.#tenancies!.leave(tenancy, this.#now);
    this.#startAtHome(house);
  }

  /** The round before slot `start`. */
  #meet(start: number): void {
    const { trading, remembered, slotsEach } = this.#options;
    if (trading) {
      const wishes = this.#houses.flatMap((house, owner) => this.#wish(house, owner, start, trading));
      const offers =
        wishes.length === 0 ? [] : this.#houses.flatMap((_, owner) => this.#offer(owner, start, trading.ask));
      if (wishes.length > 0) this.#rounds++;
      if (wishes.length > 0 && offers.length === 0) this.#emptyRounds++;
      if (offers.length > 0) this.#trade(start, offers, wishes, trading.venue);
      if (trading.recall) this.#recall(start, trading.recall);
      trading.venue.dismiss(this.#now);
    }
    for (const house of this.#houses) {
      if (start % slotsEach === 0) {
        house.turnTime(remembered);
        if (trading) house.soon = trading.soon(house.past);
      }
      this.#startAtHome(house);
    }
  }

  /** Owners whose work found nodes nowhere have those back that they lent recallably. */
  #recall(start: number, { policy, notice }: NonNullable<Trading['recall']>): void {
    const { slotS, provisionS } = this.#options;
    const until = (start + notice) * slotS + provisionS;
    for (const [owner, house] of this.#houses.entries()) {
      const { waiting, free } = house;
      if (waiting <= free) continue;
      const nodes = policy({ waiting, free, ...house.lentOut(until) });
      if (nodes === 0) continue;
      for (const { tenancy, at, moved } of this.#tenancies!.recall(this.#now, owner, nodes))
        if (tenancy.running) this.#events.add(at, STOP, { stop: tenancy, moved });
    }
  }

  #offer(owner: number, slot: number, ask: AskPolicy): Offer[] {
    const { free: idle, waiting, past, delayedPpm } = this.#houses[owner]!;
    if (idle === 0) return [];
    const { tier = 0 } = this.#workload.owners[owner]!;
    return ask({ idle, waiting, past, delayedPpm }).map(({ nodes, slots, reserve, notice }) => {
      return { owner, nodes, end: slot + slots, reserve, tier, notice };
    });
  }

  #wish(house: House, owner: number, start: number, { bid, longest, ahead, ...trading }: Trading): Wanted[] {
    const { slotS, provisionS } = this.#options;
    const rented = start * slotS + provisionS;
    const { needs: tier = 0 } = this.#workload.owners[owner]!;
    const first = house.queue.find(({ heldUntil }) => heldUntil < this.#now);
    const waiting = house.queue.slice(0, WISHES).flatMap((one): Wanted[] => {
      const { job } = one;
      const { submit, estimate, value } = job;
      const atHome = one === first ? house.shadow : Number.POSITIVE_INFINITY;
      const limit = bid({ now: this.#now, submit, estimate, value, atHome, rented });
      // Where it may be moved, it needs the time for it.
      const minNotice = trading.recall && trading.stoppable(job) ? 0 : null;
      const slots = Math.ceil(((minNotice === null ? 1 : 2) * provisionS + estimate) / slotS);
      if (limit === null || slots > longest) return [];
      // The first takes what is free at home and rents what it lacks.
      const local = one === first ? Math.min(house.free, job.nodes) : 0;
      const id = `b${++this.#wishes}`;
      const nodes = job.nodes - local;
      return [{ id, owner, nodes, slots, limit, submit, tier, minNotice, job, local }];
    });
    const { free, soon, guests } = house;
    const wanted = ahead({ free, soon, ready: guests.ready(rented) });
    // One by one: what comes is served by any number of nodes.
    const early = Array.from({ length: wanted?.nodes ?? 0 }, (): Wanted => {
      const { slots, limit } = wanted!;
      const id = `b${++this.#wishes}`;
      const terms = { submit: this.#now, tier, minNotice: null };
      return { id, owner, nodes: 1, slots, limit, ...terms, job: null, local: 0 };
    });
    return [...waiting, ...early];
  }

  #trade(start: number, offers: Offer[], wishes: readonly Wanted[], venue: Venue): void {
    const { slotS, provisionS } = this.#options;
    const byId = new Map(wishes.map((wish) => [wish.id, wish]));
    for (const grant of venue.match(this.#now, start, offers, wishes)) {
      const { job, local, owner } = byId.get(grant.id)!;
      const house = this.#houses[owner]!;
      const tenancy = this.#tenancies!.open(grant);
      const nodes = grant.hosts.reduce((sum, one) => sum + one.nodes, 0);
      const slots = grant.end - grant.start;
      this.#prices.push({ at: this.#now, owner, price: grant.price, nodes, slots });
      this.#log.add(`${this.#now} = ${grant.id} ${grant.start}-${grant.end} ${grant.price}`);
      const from = grant.start * slotS + provisionS;
      if (job) {
        house.withdraw(job);
        this.#begin(job, house.run(job, local, from), from, tenancy);
      } else this.#welcome(house, { from, until: grant.end * slotS, free: nodes });
    }
  }

  #welcome(house: House, guest: Guest): void {
    house.guests.add(guest);
    this.#events.add(guest.from, BACK, { guest, house });
    this.#events.add(guest.until, BACK, { guest, house });
  }
}

export const simulate = (workload: Workload, options: Options): Run =>
  new Simulation(workload, options).run();
