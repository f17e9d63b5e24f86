/**
 * Concentration: of a class's nodes one legal owner has no more than its share, by all its parties, all its leases and
 * all that it bids for, wherever in its window a bid might start. Looked at when an order comes in.
 */
import { conflict } from '@bullion/service/errors';
import { alliesOf } from './allies.ts';
import { isOpen, type Part, peakLet, type State } from './state.ts';

type Span = Pick<Part, 'start' | 'end' | 'nodes'>;

export function requireShare(state: State, buyer: string, classes: readonly string[], wanted: Span): void {
  const { sharePpm } = state.config;
  if (sharePpm >= 1_000_000) return;
  for (const name of classes) {
    // A class of few nodes is let one at a time, or it could not be let at all.
    const most = Math.max(1, Math.floor((nodesOf(state, name) * sharePpm) / 1_000_000));
    const peak = peakLet(spansOf(state, buyer, name), wanted.start, wanted.end);
    if (peak + wanted.nodes <= most) continue;
    throw conflict(
      'share_limit',
      `${buyer}, with the parties it is one with, has or bids for ${peak} nodes of ${name} at that time; of that class nobody has more than ${most}.`,
      'Bid for fewer nodes, for another time, or for another class.',
    );
  }
}

/** Enrolled, or offered where nobody enrolls. */
function nodesOf({ nodes, asks, config }: State, name: string): number {
  if (config.inventory) return [...nodes.values()].filter((node) => node.class === name).length;
  return [...asks.values()].reduce((sum, ask) => (ask.class === name ? sum + ask.nodes : sum), 0);
}

function spansOf(state: State, buyer: string, name: string): Span[] {
  const allies = alliesOf(state, buyer);
  const parts = [...state.parts.values()].filter((part) => {
    const lease = state.leases.get(part.lease)!;
    return isOpen(part) && lease.class === name && allies.has(lease.buyer);
  });
  const bids = [...state.bids.values()].filter((bid) => allies.has(bid.buyer) && bid.classes.includes(name));
  const spanned = bids.map(({ nodes, earliest, latest, slots }) => {
    return { nodes, start: earliest, end: latest + slots };
  });
  return [...parts, ...spanned];
}
