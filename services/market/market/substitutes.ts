/** Other nodes for a lease whose nodes are taken away: of the same class, at the same terms, for all of the rest. */
import { grossFor } from '@bullion/clearing';
import { standIn } from './allies.ts';
import { type AskOrder, freeNodes, type Lease, type Part, type State } from './state.ts';

export type Substitute = { ask: AskOrder; nodes: number; price: bigint };

/** The cheapest that there are, of as many owners as it takes; undefined where all of them do not suffice. */
export function findSubstitutes(
  state: State,
  lease: Lease,
  part: Part,
  nodes: number,
  start: number,
): Substitute[] | undefined {
  const asks = [...state.asks.values()]
    .filter((ask) => mayHost(state, ask, lease, part))
    .map((ask) => ({ ask, price: grossFor(ask.reserve, state.config.feePpm) }))
    .sort((a, b) => (a.price < b.price ? -1 : a.price > b.price ? 1 : a.ask.id < b.ask.id ? -1 : 1));
  const found: Substitute[] = [];
  let lacks = nodes;
  for (const { ask, price } of asks) {
    const taken = Math.min(lacks, freeNodes(state, ask, start, part.end), ask.maxPerBuyer ?? lacks);
    if (taken <= 0) continue;
    found.push({ ask, nodes: taken, price });
    lacks -= taken;
    if (lacks === 0) return found;
  }
  return undefined;
}

const mayHost = (
  state: State,
  ask: AskOrder,
  { buyer, tier, minNotice, class: className }: Lease,
  part: Part,
): boolean =>
  !ask.withdrawn &&
  ask.owner !== part.owner &&
  standIn(state, ask.owner) !== standIn(state, buyer) &&
  ask.class === className &&
  ask.tier >= tier &&
  ask.parent === null &&
  (ask.notice === null || (minNotice !== null && ask.notice >= minNotice)) &&
  (ask.allow === null || ask.allow.includes(buyer));
