/**
 * Who has a node of whom. A node's chain begins with the part of its owner's ask; each further part is of one who
 * sub-let it, and the last has the node. Counts are let, so any node of the right ones serves. Pure: from the market's
 * state and the chains as they were, the chains as they should be.
 */
import { isOpen, type Part, type State, slotOf } from '../market/index.ts';

export type Bound = {
  readonly node: string;
  /** Ids of parts; empty: it goes back to its owner. */
  chain: readonly string[];
  /** It has been at the last of its chain, and may be handed on. */
  readonly settled: boolean;
};

/** Sets each chain to what it should be. Returns how many nodes the parts of owners lack, in their order. */
export function rechain(state: State, bound: readonly Bound[]): { part: Part; lacks: number }[] {
  return new Chains(state).rechain(bound);
}

/** Its nodes are to be with its tenant now. */
export function runs(state: State, part: Part): boolean {
  const slot = slotOf(state);
  const within = part.start <= slot && slot < part.end;
  return within && isOpen(part) && state.leases.get(part.lease)?.state === 'active';
}

class Chains {
  readonly #state: State;
  readonly #served = new Map<string, number>();

  constructor(state: State) {
    this.#state = state;
  }

  rechain(bound: readonly Bound[]): { part: Part; lacks: number }[] {
    // A part that has too many now keeps what is sub-let, then the first by name.
    const order = bound.toSorted((a, b) => b.chain.length - a.chain.length || (a.node < b.node ? -1 : 1));
    const before = order.map((one) => one.chain);
    for (const one of order) one.chain = this.#kept(one.chain);
    // Only then, so that nobody's place is taken by one who moves.
    for (const [at, one] of order.entries()) this.#goOn(one, before[at]!);
    const due = [...this.#state.parts.values()].filter((part) => this.#lacks(part) > 0);
    for (const part of due) if (this.#lender(part) !== null) this.#handOn(part, bound);
    return due
      .filter((part) => this.#lender(part) === null)
      .map((part) => ({ part, lacks: this.#lacks(part) }));
  }

  /** Up to the first part that is over, or has nodes enough. */
  #kept(chain: readonly string[]): string[] {
    const end = chain.findIndex((id) => !this.#serve(this.#state.parts.get(id)));
    return chain.slice(0, end < 0 ? chain.length : end);
  }

  /** Where a part is over another may go on with its nodes: of an extension, or of a recall that takes some of them. */
  #goOn(one: Bound, before: readonly string[]): void {
    const chain = [...one.chain];
    for (const id of before.slice(chain.length)) {
      const part = this.#state.parts.get(id);
      const next = this.#serve(part) ? part : this.#siblings(part).find((other) => this.#serve(other));
      if (!next) break;
      chain.push(next.id);
    }
    one.chain = chain;
  }

  #siblings(part: Part | undefined): Part[] {
    const lease = part && this.#state.leases.get(part.lease);
    return (lease?.parts ?? [])
      .map((id) => this.#state.parts.get(id)!)
      .filter((other) => other !== part && other.ask === part!.ask);
  }

  /** Nodes of the lease that are sub-let: the last by name, so that its tenant can know which. */
  #handOn(part: Part, bound: readonly Bound[]): void {
    const mine = new Set(this.#state.leases.get(this.#lender(part)!)?.parts);
    const fit = bound
      .filter(({ chain, settled }) => settled && chain.length > 0 && mine.has(chain.at(-1)!))
      .sort((a, b) => (a.node < b.node ? 1 : -1));
    for (const one of fit) {
      if (!this.#serve(part)) return;
      one.chain = [...one.chain, part.id];
    }
  }

  /** Counts a node for a part that runs and has not enough. */
  #serve(part: Part | undefined): boolean {
    if (!part || this.#lacks(part) <= 0) return false;
    this.#served.set(part.id, (this.#served.get(part.id) ?? 0) + 1);
    return true;
  }

  #lacks(part: Part): number {
    return runs(this.#state, part) ? part.nodes - (this.#served.get(part.id) ?? 0) : 0;
  }

  /** The lease that the part's nodes are sub-let of; null where they are their owner's. */
  #lender = ({ ask }: Part): string | null => this.#state.asks.get(ask)?.parent ?? null;
}
