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
  /** Who has nodes of it now, and by which notice they can be had back; null is firm. What is recalled comes back. */
  let: readonly { nodes: number; notice: number | null; recalled: boolean; until: number }[];
  /** `idle`: of its nodes, those that nobody has let for any of its time. */
  asks: readonly {
    id: string;
    nodes: number;
    idle: number;
    notice: number | null;
    end: number;
    reserve: bigint;
  }[];
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

/** Work that waits for nodes. It is to be over when the slot `deadline` begins; `value` is of all of it. */
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
  /** Jobs that had their nodes for as long as they were to. */
  done: readonly string[];
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
