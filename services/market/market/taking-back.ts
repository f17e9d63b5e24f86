/**
 * Nodes of a part are taken from its tenant: by the owner's recall, or because the owner fails to deliver. A substitute
 * first, at the owner's cost; else the part ends and its tenant is compensated.
 */
import { feeOf } from '@bullion/clearing';
import { escrow, free, INSURANCE } from '../ledger/index.ts';
import { partOf } from './config.ts';
import { closeAsk } from './orders.ts';
import { pricesOf } from './prices.ts';
import { closeLease, cutShort, refund, settle, worth } from './settlement.ts';
import { type Lease, openParts, type Part, partsOf } from './state.ts';
import { findSubstitutes, type Substitute } from './substitutes.ts';
import { addPart, max, min } from './trades.ts';
import type { Turn } from './turn.ts';
import { payFrom } from './waterfall.ts';

export type Terms = { ppm: number; slots: number };
/** `insured`: what the owner cannot pay the insurance fund does. */
export type Taking = Terms & { insured: boolean };

/** What taking a part's nodes at a slot costs the owner, if no substitute is found. */
export function compensation(
  turn: Turn,
  part: Part,
  nodes: number,
  at: number,
  { ppm, slots }: Terms,
): bigint {
  const { class: name } = turn.state.leases.get(part.lease)!;
  const risen = (pricesOf(turn.state, name).index ?? part.price) - part.price;
  // Not less than what the price has risen: lending cheap and recalling at the peak must gain nothing.
  const perSlot = max(partOf(part.price, ppm), risen);
  return worth(perSlot, nodes, Math.min(part.end - at, slots));
}

/** Takes `nodes` of a part from slot `at` on. */
export function takeBack(
  turn: Turn,
  given: Part,
  nodes: number,
  at: number,
  terms: Taking,
  why: string,
): void {
  const { state } = turn;
  const lease = state.leases.get(given.lease)!;
  const part = nodes < given.nodes ? split(turn, lease, given, nodes) : given;
  const from = Math.min(Math.max(at, part.start), part.end);
  // Of a part that is over, and only not closed yet, there is nothing to go on with elsewhere.
  const substitutes = from < part.end ? findSubstitutes(state, lease, part, nodes, from) : undefined;
  const cost = substitutes ? extraCost(part, substitutes, from) : 0n;
  const owed = compensation(turn, part, nodes, from, terms);
  const until = part.end;
  part.recalled = true;
  if (substitutes && cost <= owed) {
    const parts = replace(turn, lease, part, substitutes, from, until, terms.insured);
    const to = parts.map(({ id }) => id).join(' ');
    turn.tell('lease.moved', `lease/${lease.id}`, [lease.buyer, part.owner], { nodes, from, to, why });
    return;
  }
  cutShort(turn, part, from);
  const paid = payFrom(
    turn,
    part,
    free(lease.buyer),
    owed,
    `compensate/${part.id}`,
    'compensation',
    terms.insured,
  );
  if (part.end <= turn.slot) settle(turn, part, part.end);
  refund(turn, lease, part.id);
  const data = { nodes, from, why, compensation: String(paid), owed: String(owed) };
  turn.tell('lease.recalled', `lease/${lease.id}`, [lease.buyer, part.owner], data);
  closeLease(turn, lease, why);
  takeSublet(turn, lease, from, terms, why);
}

/** Whoever rents of this tenant loses the nodes with it, and is compensated by it. */
function takeSublet(turn: Turn, lease: Lease, from: number, terms: Taking, why: string): void {
  const { state } = turn;
  let left = partsOf(state, lease).reduce((sum, part) => (part.end > from ? sum + part.nodes : sum), 0);
  for (const ask of [...state.asks.values()].filter(({ parent }) => parent === lease.id)) {
    left -= ask.nodes;
    if (left >= 0) continue;
    ask.withdrawn = true;
    for (const part of openParts(state, ask.id))
      takeBack(turn, part, part.nodes, Math.max(from, part.settled), terms, why);
    closeAsk(turn, ask);
  }
}

/** The part keeps what is not taken; what is taken becomes a part of its own. */
function split(turn: Turn, lease: Lease, part: Part, nodes: number): Part {
  settle(turn, part, Math.min(turn.slot, part.end));
  part.nodes -= nodes;
  const { ask, owner, start, end, price, gross, fee, withheld, subsidy } = part;
  const taken = addPart(turn.state, lease, {
    ask,
    owner,
    nodes,
    start,
    end,
    price,
    gross,
    fee,
    withheld,
    subsidy,
  });
  taken.settled = part.settled;
  return taken;
}

/** What the substitutes must be paid beyond the tenant's price. */
const extraCost = (part: Part, substitutes: readonly Substitute[], from: number): bigint =>
  substitutes.reduce(
    (sum, { price, nodes }) => sum + worth(max(price - part.price, 0n), nodes, part.end - from),
    0n,
  );

/** The tenant pays what it paid; what a substitute asks beyond that, the owner who took the nodes pays at once. */
function replace(
  turn: Turn,
  lease: Lease,
  part: Part,
  substitutes: readonly Substitute[],
  from: number,
  until: number,
  insured: boolean,
): Part[] {
  const { state } = turn;
  cutShort(turn, part, from);
  const parts = substitutes.map(({ ask, nodes, price }) => {
    const extra = max(price - part.price, 0n);
    const full = worth(extra, nodes, until - from);
    const key = `substitute/${part.id}/${ask.id}`;
    const paid = payFrom(turn, part, escrow(lease.buyer), full, key, 'what a substitute costs more', insured);
    lease.held += paid;
    // What could not be paid the substitute's owner lacks: it is hosted at what is there.
    const slots = BigInt(nodes * (until - from));
    const rent = part.price + min(extra, paid / slots);
    const dust = paid - worth(rent - part.price, nodes, until - from);
    if (dust > 0n) {
      turn.post(`${key}/dust`, 'what does not divide', [
        { account: escrow(lease.buyer), amount: -dust },
        { account: INSURANCE, amount: dust },
      ]);
      lease.held -= dust;
    }
    const fee = feeOf(rent, state.config.feePpm);
    const terms = { price: rent, gross: rent, fee, withheld: 0n, subsidy: 0n };
    return addPart(state, lease, { ask: ask.id, owner: ask.owner, nodes, start: from, end: until, ...terms });
  });
  if (part.end <= turn.slot) settle(turn, part, part.end);
  return parts;
}
