/**
 * The simulation: jobs come, run at home or on rented nodes, end; once a slot the owners meet at the venue. Whole seconds,
 * no clock, no chance: the same workload and options make the same log, which its hash says.
 */
import type { AskPolicy } from '../policies/ask.ts';
import type { AbroadPolicy, AheadPolicy, BidPolicy } from '../policies/bid.ts';
import { EventQueue } from './event-queue.ts';
import type { Guest } from './guests.ts';
import { House, type Lent, type Running } from './house.ts';
import { Log } from './log.ts';
import type { Grant, Offer, Venue, Wish } from './venues/venue.ts';
import type { Job, Owner, Workload } from './workload.ts';

/** `longest`: slots that anybody lends for; nobody asks for more. `soon`: what a house may come to need within a round. */
export type Trading = {
  venue: Venue;
  ask: AskPolicy;
  bid: BidPolicy;
  abroad: AbroadPolicy;
  ahead: AheadPolicy;
  soon(levels: readonly number[]): number;
  longest: number;
};
export type Options = {
  slotS: number;
  /** From the start of a lease until its nodes run the tenant's system; and again until they run the owner's. */
  provisionS: number;
  /** Slots that a forecast looks back. */
  remembered: number;
  /** Null: everyone stays at home. */
  trading: Trading | null;
  /** All jobs go to the first of these owners instead of their own: pooling. */
  pool?: readonly Owner[] | undefined;
  progress?: ((done: number) => void) | undefined;
};

export type Ran = { job: Job; start: number; rented: number };
export type Run = {
  logHash: string;
  events: number;
  /** By job, where it started. */
  ran: Map<number, Ran>;
  net: bigint[];
  /** Node-slots that were let, and trades; their prices. */
  rentedNodeSlots: number;
  prices: { at: number; owner: number; price: bigint; nodes: number; slots: number }[];
  /** Rounds in which somebody wanted nodes; those of them in which nobody offered any. */
  rounds: number;
  emptyRounds: number;
};

/** Rounds are a minute before their slot: leases begin a minute after they were won. */
const BEFORE_SLOT_S = 60;
/** What an owner bids for at once. */
const WISHES = 64;
const END = 0;
const BACK = 1;

type Hosted = { grant: Grant; hosts: { house: House; lent: Lent }[] };
type Event =
  | { end: Running; hosted: Hosted | null }
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
  #rented = 0;
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
      ...{ rentedNodeSlots: this.#rented, prices: this.#prices },
      ...{ rounds: this.#rounds, emptyRounds: this.#emptyRounds },
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
    return trading.abroad({ nodes, estimate, delay, free: house.free, soon: house.soon });
  }

  #startAtHome(house: House): void {
    for (const { job, guests } of house.startable(this.#now)) {
      const local = guests.length > 0 ? 0 : job.nodes;
      this.#begin(job, house.run(job, local, this.#now, guests), this.#now, null);
    }
  }

  #begin(job: Job, running: Running, at: number, hosted: Hosted | null): void {
    const { local } = running;
    this.#ran.set(job.id, { job, start: at, rented: job.nodes - local });
    this.#events.add(at + job.run, END, { end: running, hosted });
    this.#log.add(`${at} > ${job.id} ${local}/${job.nodes}`);
  }

  #happen(event: Event): void {
    if ('end' in event) {
      const house = this.#houseOf(event.end.job);
      this.#log.add(`${this.#now} - ${event.end.job.id}`);
      house.finish(event.end);
      if (event.hosted) this.#leave(event.hosted);
      this.#startAtHome(house);
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

  #leave(hosted: Hosted): void {
    const { slotS, trading } = this.#options;
    const end = trading!.venue.release(this.#now, hosted.grant);
    if (end >= hosted.grant.end) return;
    this.#rented -= (hosted.grant.end - end) * hosted.hosts.reduce((sum, { lent }) => sum + lent.nodes, 0);
    for (const { house, lent } of hosted.hosts) this.#returns(house, lent, end * slotS);
  }

  #returns(house: House, lent: Lent, end: number): void {
    lent.until = end + this.#options.provisionS;
    this.#events.add(lent.until, BACK, { back: lent, house, until: lent.until });
  }

  /** The round before slot `start`. */
  #meet(start: number): void {
    const { trading, remembered } = this.#options;
    if (trading) {
      const wishes = this.#houses.flatMap((house, owner) => this.#wish(house, owner, start, trading));
      const offers =
        wishes.length === 0 ? [] : this.#houses.flatMap((_, owner) => this.#offer(owner, start, trading.ask));
      if (wishes.length > 0) this.#rounds++;
      if (wishes.length > 0 && offers.length === 0) this.#emptyRounds++;
      if (offers.length > 0) this.#trade(start, offers, wishes, trading.venue);
    }
    for (const house of this.#houses) {
      house.turnSlot(remembered);
      if (trading) house.soon = trading.soon(house.levels);
      this.#startAtHome(house);
    }
  }

  #offer(owner: number, slot: number, ask: AskPolicy): Offer[] {
    const { free: idle, waiting, levels, delayedPpm } = this.#houses[owner]!;
    if (idle === 0) return [];
    return ask({ idle, waiting, levels, delayedPpm }).map(({ nodes, slots, reserve }) => {
      return { owner, nodes, end: slot + slots, reserve, tier: this.#workload.owners[owner]!.tier ?? 0 };
    });
  }

  #wish(house: House, owner: number, start: number, { bid, longest, ahead }: Trading): Wanted[] {
    const { slotS, provisionS } = this.#options;
    const rented = start * slotS + provisionS;
    const { needs: tier = 0 } = this.#workload.owners[owner]!;
    const first = house.queue.find(({ heldUntil }) => heldUntil < this.#now);
    const waiting = house.queue.slice(0, WISHES).flatMap((one): Wanted[] => {
      const { job } = one;
      const { submit, estimate, value } = job;
      const atHome = one === first ? house.shadow : Number.POSITIVE_INFINITY;
      const limit = bid({ now: this.#now, submit, estimate, value, atHome, rented });
      const slots = Math.ceil((provisionS + estimate) / slotS);
      if (limit === null || slots > longest) return [];
      // The first takes what is free at home and rents what it lacks.
      const local = one === first ? Math.min(house.free, job.nodes) : 0;
      const id = `b${++this.#wishes}`;
      return [{ id, owner, nodes: job.nodes - local, slots, limit, submit, tier, job, local }];
    });
    const { free, soon, guests } = house;
    const wanted = ahead({ free, soon, ready: guests.ready(rented) });
    // One by one: what comes is served by any number of nodes.
    const early = Array.from({ length: wanted?.nodes ?? 0 }, (): Wanted => {
      const { slots, limit } = wanted!;
      const id = `b${++this.#wishes}`;
      return { id, owner, nodes: 1, slots, limit, submit: this.#now, tier, job: null, local: 0 };
    });
    return [...waiting, ...early];
  }

  #trade(start: number, offers: Offer[], wishes: readonly Wanted[], venue: Venue): void {
    const { slotS, provisionS } = this.#options;
    const byId = new Map(wishes.map((wish) => [wish.id, wish]));
    for (const grant of venue.match(this.#now, start, offers, wishes)) {
      const { job, local, owner } = byId.get(grant.id)!;
      const house = this.#houses[owner]!;
      const hosts = grant.hosts.map(({ owner, nodes }) => {
        const host = this.#houses[owner]!;
        const lent = host.lend(nodes, 0);
        this.#returns(host, lent, grant.end * slotS);
        return { house: host, lent };
      });
      const nodes = grant.hosts.reduce((sum, one) => sum + one.nodes, 0);
      const slots = grant.end - grant.start;
      this.#rented += nodes * slots;
      this.#prices.push({ at: this.#now, owner, price: grant.price, nodes, slots });
      this.#log.add(`${this.#now} = ${grant.id} ${grant.start}-${grant.end} ${grant.price}`);
      const from = grant.start * slotS + provisionS;
      if (job) {
        house.withdraw(job);
        this.#begin(job, house.run(job, local, from), from, { grant, hosts });
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
