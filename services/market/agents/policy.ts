/**
 * What an agent's policy is: a pure function of what it sees. The runner gives it a view of the real market; the
 * simulator one of the simulated. It reads no clock and remembers only what it returns as `memory`.
 */

/** Nodes of one class that an owner has. Times are slots; money is micro-credits per node-slot. */
export type OwnerView<Memory = unknown> = {
  slot: number;
  slotMs: number;
  class: string;
  /** How many it owns; how many of them its own work needs now. */
  nodes: number;
  busy: number;
  /** How many are let, by the notice with which they can be had back; null is firm. */
  let: readonly { nodes: number; notice: number | null; until: number }[];
  asks: readonly { id: string; nodes: number; notice: number | null; end: number; reserve: bigint }[];
  index: bigint | null;
  memory: Memory | undefined;
};
export type OwnerAction =
  | { do: 'ask'; nodes: number; slots: number; notice: number | null; reserve: bigint }
  | { do: 'withdraw'; ask: string }
  | { do: 'recall'; nodes: number };
export type OwnerPolicy<Memory = unknown> = (view: OwnerView<Memory>) => {
  actions: OwnerAction[];
  memory?: Memory;
};

/** Work that waits for nodes. `deadline` is the last slot at which it may still run. */
export type Job = { id: string; nodes: number; slots: number; deadline: number; value: bigint };
export type BuyerView<Memory = unknown> = {
  slot: number;
  slotMs: number;
  classes: readonly string[];
  /** What it may still spend. */
  budget: bigint;
  jobs: readonly Job[];
  bids: readonly { id: string; job: string; nodes: number; limit: bigint }[];
  leases: readonly { id: string; job: string; nodes: number; start: number; end: number }[];
  index: bigint | null;
  memory: Memory | undefined;
};
export type BuyerAction =
  | {
      do: 'bid';
      job: string;
      nodes: number;
      slots: number;
      earliest: number;
      latest: number;
      limit: bigint;
      minNotice: number | null;
    }
  | { do: 'cancel'; bid: string }
  | { do: 'release'; lease: string };
export type BuyerPolicy<Memory = unknown> = (view: BuyerView<Memory>) => {
  actions: BuyerAction[];
  memory?: Memory;
};
