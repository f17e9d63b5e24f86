/**
 * How hosts share what a buyer pays for a slot. All receive the same, but who asks for more than that receives what he
 * asks, and the others share the rest. It adds up to the micro-credit: where it does not come out even, some nodes
 * are a micro-credit dearer than the others.
 */
import type { Ask } from '../types.ts';

/** Nodes of one ask within a trade; `asks`: what must be paid for each of them at least. */
export type Part = { ask: Ask; asks: bigint; nodes: number };
export type Share = { part: Part; nodes: number; price: bigint };

/** `price`: for each node, on average; not less than what the parts ask for on average. */
export function sharesOf(parts: readonly Part[], price: bigint): Share[] {
  let sharing = parts;
  let pot = parts.reduce((sum, { nodes }) => sum + price * BigInt(nodes), 0n);
  let nodes = nodesOf(parts);
  for (;;) {
    const even = pot / nodes;
    const dearer = sharing.filter(({ asks }) => asks > even);
    if (dearer.length === 0) break;
    sharing = sharing.filter(({ asks }) => asks <= even);
    pot -= dearer.reduce((sum, part) => sum + part.asks * BigInt(part.nodes), 0n);
    nodes -= nodesOf(dearer);
  }
  const even = pot / nodes;
  let over = Number(pot % nodes);
  return parts.flatMap((part) => {
    if (!sharing.includes(part)) return [{ part, nodes: part.nodes, price: part.asks }];
    const more = Math.min(over, part.nodes);
    over -= more;
    return [
      { part, nodes: more, price: even + 1n },
      { part, nodes: part.nodes - more, price: even },
    ].filter((share) => share.nodes > 0);
  });
}

const nodesOf = (parts: readonly Part[]): bigint => BigInt(parts.reduce((sum, { nodes }) => sum + nodes, 0));
