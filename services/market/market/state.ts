/** What the market knows. All of it follows from the commands that were applied, in their order. */
import type { Ask, Batch, Bid, Commit } from '@bullion/clearing';
import { Ledger } from '../ledger/index.ts';
import type { Attributes } from './classes.ts';
import type { Config } from './config.ts';

export type Party = {
  /** When the project of its name was made that the account is of; absent until the project first acts. */
  project?: string;
  /** Who stands behind it, by the operator's word: what is capped, remembered or given once is so by legal owner. */
  legal: string;
  since: number;
  /** 1, 2, 4: deposits and bonds are multiplied by it after defaults. */
  strikes: number;
  /** Orders since the last clearing, and open bids at their limits. */
  orders: number;
  notional: bigint;
};
export type Own = { asks: Set<string>; bids: Set<string>; leases: Set<string> };
export type Node = { owner: string; class: string };

export type AskOrder = Omit<Ask, 'subsidy'> & {
  bond: bigint;
  placedAt: number;
  /** Withdrawn: what is let runs on, nothing more is let. */
  withdrawn: boolean;
  /** Nodes that the owner has back for itself: to the ask's end they are let to nobody. */
  kept: { nodes: number; start: number; end: number }[];
  /** The lease whose nodes are sub-let. */
  parent: string | null;
};
export type BidOrder = Omit<Bid, 'weight'> & {
  hold: bigint;
  placedAt: number;
  expires: number;
  waited: number;
};

/** Nodes of one ask within a lease, with the prices that they were let at. Amounts are per node-slot. */
export type Part = {
  id: string;
  lease: string;
  ask: string;
  owner: string;
  nodes: number;
  start: number;
  /** Moves: by extension, release, recall. */
  end: number;
  price: bigint;
  gross: bigint;
  fee: bigint;
  withheld: bigint;
  subsidy: bigint;
  /** Slots before it are paid. */
  settled: number;
  recalled: boolean;
  /** The slots in a row in which nodes of it were missing by their owner's fault. */
  missing?: { since: number; last: number };
};
export type LeaseState = 'reserved' | 'active' | 'ended';
export type Lease = {
  id: string;
  buyer: string;
  class: string;
  nodes: number;
  start: number;
  end: number;
  price: bigint;
  state: LeaseState;
  /** Of the buyer's escrow: what is held for it. */
  held: bigint;
  /** The share of its price that was put down; all from its start on. */
  depositPpm: number;
  tradedAt: number;
  /** It must be claimed after its start, or is a no-show; spot leases are claimed by being bought. */
  claimed: boolean;
  /** Its grace to be claimed runs from this slot; from its start, where it is not said. */
  graceFrom?: number;
  minNotice: number | null;
  tier: number;
  parts: string[];
  why: string | null;
  endedAt: number | null;
};

export type Price = { at: number; start: number; price: bigint; volume: number };
export type Prices = {
  /** Of the day and of the week before the last trade, medians by volume. */
  index: bigint | null;
  usual: bigint | null;
  trades: Price[];
  /** How often the breaker's limit has doubled. */
  held: number;
};
export type Frozen = {
  batch: Omit<Batch, 'seed'>;
  commit: Commit;
  /** The id of each order by its name in the batch; absent where the batch has the market's own names. */
  orders?: Readonly<Record<string, string>>;
};

export type State = {
  sequence: number;
  /** Milliseconds; never goes back, whatever the clock does. */
  now: number;
  /** The slot of the last tick. */
  ticked?: number;
  config: Config;
  halted: boolean;
  ledger: Ledger;
  parties: Map<string, Party>;
  /** Derived: the parties of each legal owner. */
  allies: Map<string, Set<string>>;
  /** Derived: what each party has open, by id; asked for with each order. */
  own: Map<string, Own>;
  /** Derived: how many nodes of each class are enrolled. */
  enrolled: Map<string, number>;
  /** Since when each legal owner is known: nobody becomes new again by another name. */
  legals: Map<string, number>;
  classes: Map<string, Attributes>;
  nodes: Map<string, Node>;
  /** Whose each node was first, those that have left among them: hardware is new once. */
  homes: Map<string, string>;
  asks: Map<string, AskOrder>;
  bids: Map<string, BidOrder>;
  leases: Map<string, Lease>;
  parts: Map<string, Part>;
  /** Derived: the parts of each ask. */
  letFrom: Map<string, Set<string>>;
  prices: Map<string, Prices>;
  /** Classes of whose firm supply one legal owner has too much: one of its parties. */
  alarms: Map<string, string>;
  batches: number;
  /** The hash of the last transcript. */
  previous: string;
  frozen: Frozen | null;
};

export function emptyState(config: Config): State {
  return {
    ...{ sequence: 0, now: 0, config, halted: false, ledger: new Ledger() },
    ...{ parties: new Map(), allies: new Map(), own: new Map(), enrolled: new Map() },
    ...{ legals: new Map(), classes: new Map(), nodes: new Map(), homes: new Map() },
    ...{ asks: new Map(), bids: new Map(), leases: new Map(), parts: new Map(), letFrom: new Map() },
    ...{ prices: new Map(), alarms: new Map(), batches: 0, previous: '', frozen: null },
  };
}

export const slotOf = ({ now, config }: State): number => Math.floor(now / config.slotMs);
/** The first slot that can be let: the one that runs is half gone. */
export const nextSlot = (state: State): number => slotOf(state) + 1;

export const isOpen = (part: Part): boolean => part.settled < part.end;
export const partsOf = (state: State, lease: Lease): Part[] => lease.parts.map((id) => state.parts.get(id)!);

/** Parts of an ask that are not over. */
export function openParts(state: State, ask: string): Part[] {
  return [...(state.letFrom.get(ask) ?? [])].map((id) => state.parts.get(id)!).filter(isOpen);
}

/** The most nodes of an ask that are let at once within [start, end). */
export function peakLet(
  parts: readonly Pick<Part, 'start' | 'end' | 'nodes'>[],
  start: number,
  end: number,
): number {
  const steps: [at: number, nodes: number][] = [];
  for (const part of parts) {
    if (part.start >= end || start >= part.end) continue;
    steps.push([Math.max(part.start, start), part.nodes], [part.end, -part.nodes]);
  }
  // What ends where another begins is gone before it comes.
  steps.sort(([a, gone], [b, come]) => a - b || gone - come);
  let [count, peak] = [0, 0];
  for (const [, nodes] of steps) {
    count += nodes;
    if (count > peak) peak = count;
  }
  return peak;
}

/** What of an ask is spoken for. */
export const taken = (state: State, ask: AskOrder) => [...openParts(state, ask.id), ...ask.kept];

export const freeNodes = (state: State, ask: AskOrder, start: number, end: number): number =>
  start < ask.start || end > ask.end ? 0 : ask.nodes - peakLet(taken(state, ask), start, end);
