/**
 * Concentration: of a class's nodes one legal owner reserves no more than its share, by all its parties. What starts at
 * once anybody may have, who pays for all of it now; what lies ahead nobody keeps from the others. Looked at when an order
 * comes in, with all that the owner has and bids for, wherever in its window a bid might start.
 */
import { conflict } from '@bullion/service/errors';
import { tradesOf } from './own.ts';
import { isOpen, nextSlot, type Part, partsOf, peakLet, type State } from './state.ts';

type Span = Pick<Part, 'start' | 'end' | 'nodes'>;

/** `last` is the last slot that it may start at. */
export function requireShare(
  state: State,
  buyer: string,
  classes: readonly string[],
  wanted: Span & { last: number },
): void {
  const { sharePpm, rules, spotSlots } = state.config;
  if (sharePpm >= 1_000_000) return;
  if (rules >= 2 && wanted.last < nextSlot(state) + spotSlots) return;
  for (const name of classes) {
    // A class of few nodes is reserved one at a time, or it could not be reserved at all.
    const most = Math.max(1, Math.floor((nodesOf(state, name) * sharePpm) / 1_000_000));
    const peak = peakLet(spansOf(state, buyer, name), wanted.start, wanted.end);
    if (peak + wanted.nodes <= most) continue;
    throw conflict(
      'share_limit',
      `${buyer}, with the parties it is one with, has or bids for ${peak} nodes of ${name} at that time; of that class nobody reserves more than ${most}.`,
      'Bid for fewer nodes, for another time or class, or for a start at once.',
    );
  }
}

/** Enrolled, or offered where nobody enrolls. */
function nodesOf({ enrolled, asks, config }: State, name: string): number {
  if (config.inventory) return enrolled.get(name) ?? 0;
  return [...asks.values()].reduce((sum, ask) => (ask.class === name ? sum + ask.nodes : sum), 0);
}

function spansOf(state: State, buyer: string, name: string): Span[] {
  const { bids, leases } = tradesOf(state, buyer);
  const parts = leases
    .filter((lease) => lease.class === name)
    .flatMap((lease) => partsOf(state, lease).filter(isOpen));
  const spanned = bids
    .filter((bid) => bid.classes.includes(name))
    .map(({ nodes, earliest, latest, slots }) => ({ nodes, start: earliest, end: latest + slots }));
  return [...parts, ...spanned];
}
