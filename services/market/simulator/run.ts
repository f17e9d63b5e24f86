/** What a simulation is given and what comes out of it. */
import type { AskPolicy, RecallPolicy } from '../policies/ask.ts';
import type { AbroadPolicy, AheadPolicy, BidPolicy } from '../policies/bid.ts';
import type { Past } from '../policies/forecast.ts';
import type { Recalls } from './tenancies.ts';
import type { Venue } from './venues/venue.ts';
import type { Job, Owner } from './workload.ts';

/** `longest`: slots that anybody lends for; nobody asks for more. `soon`: what a house may come to need within a round. */
export type Trading = {
  venue: Venue;
  ask: AskPolicy;
  bid: BidPolicy;
  abroad: AbroadPolicy;
  ahead: AheadPolicy;
  soon(past: Past): number;
  longest: number;
  /** Jobs that can be stopped and go on elsewhere: they take nodes that their owner may have back. */
  stoppable(job: Job): boolean;
  /** What owners have back after how many slots; null: whatever is lent is lent firmly. */
  recall: { policy: RecallPolicy; notice: number } | null;
};
export type Options = {
  slotS: number;
  /** From the start of a lease until its nodes run the tenant's system; and again until they run the owner's. */
  provisionS: number;
  /** What a forecast looks back on: so many times, each of so many slots. */
  remembered: number;
  slotsEach: number;
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
  /** Nodes that owners had back; and jobs that were stopped by it. */
  recalls: Recalls & { stopped: number };
};
