/**
 * Who is paid what of a lease. A slot is paid when it has run: the owner by the buyer's escrow, the fee with it. What
 * does not run goes back. The last micro-credit is accounted for: amounts are per node-slot, and slots are whole.
 */
import { escrow, FEE, free, INSURANCE, type Line, PROMISED, SUBSIDY } from '../ledger/index.ts';
import { partOf } from './config.ts';
import { closeAsk } from './orders.ts';
import { isOpen, type Lease, type Part, partsOf } from './state.ts';
import { move, type Turn } from './turn.ts';

export const worth = (perNodeSlot: bigint, nodes: number, slots: number): bigint =>
  perNodeSlot * BigInt(nodes) * BigInt(Math.max(slots, 0));

/**
 * Pays a part's slots before `until`. The lease must hold their price, which it does from its start on. Where fewer
 * `nodes` were there than are let, only those are paid.
 */
export function settle(turn: Turn, part: Part, until: number, nodes = part.nodes): void {
  const { state } = turn;
  const slots = Math.min(until, part.end) - part.settled;
  if (slots <= 0) return;
  const lease = state.leases.get(part.lease)!;
  const of = (amount: bigint) => worth(amount, nodes, slots);
  const fee = of(part.fee);
  const insured = partOf(fee, state.config.insurancePpm);
  const lines: Line[] = [
    { account: escrow(lease.buyer), amount: -of(part.price) },
    { account: free(part.owner), amount: of(part.gross - part.fee + part.subsidy) },
    { account: FEE, amount: fee - insured },
    { account: INSURANCE, amount: insured + of(part.withheld) },
    { account: PROMISED, amount: -of(part.subsidy) },
  ];
  turn.post(`rent/${part.id}/${part.settled}`, 'rent', lines);
  unpromise(turn, part, part.nodes - nodes, part.settled, slots);
  lease.held -= of(part.price);
  part.settled += slots;
}

/** A part ends at a slot, earlier than it was to: returns what its buyer had to pay for the rest. */
export function cutShort(turn: Turn, part: Part, end: number): bigint {
  const { state } = turn;
  const from = Math.max(end, part.settled);
  const slots = part.end - from;
  if (slots <= 0) return 0n;
  unpromise(turn, part, part.nodes, from, slots);
  part.end = from;
  const ask = state.asks.get(part.ask);
  if (ask) closeAsk(turn, ask);
  return worth(part.price, part.nodes, slots);
}

/** Slots that went by before any tick began the lease: nobody could have the nodes, so nobody pays for them. */
export function skip(turn: Turn, part: Part): void {
  const until = Math.min(turn.slot, part.end);
  if (until <= part.settled) return;
  unpromise(turn, part, part.nodes, part.settled, until - part.settled);
  part.settled = until;
}

function unpromise(turn: Turn, part: Part, nodes: number, from: number, slots: number): void {
  const promised = worth(part.subsidy, nodes, slots);
  const key = `unpromise/${part.id}/${from}`;
  turn.post(key, 'a subsidy that is not needed', move(PROMISED, SUBSIDY, promised));
}

/** What is held for a lease beyond `needed` goes back to its buyer. */
export function refund(turn: Turn, lease: Lease, key: string): bigint {
  const rest = partsOf(turn.state, lease).reduce(
    (sum, part) => sum + worth(part.price, part.nodes, part.end - part.settled),
    0n,
  );
  const needed = lease.state === 'reserved' ? partsNeed(rest, lease.depositPpm) : rest;
  const back = lease.held - needed;
  if (back <= 0n) return 0n;
  turn.post(
    `refund/${lease.id}/${key}`,
    'what a lease does not need',
    move(escrow(lease.buyer), free(lease.buyer), back),
  );
  lease.held -= back;
  return back;
}

const partsNeed = (rest: bigint, ppm: number) => (rest * BigInt(ppm) + 999_999n) / 1_000_000n;

/** Over, when none of its parts is open. */
export function closeLease(turn: Turn, lease: Lease, why: string): void {
  const { state } = turn;
  if (lease.state === 'ended' || partsOf(state, lease).some(isOpen)) return;
  lease.state = 'ended';
  lease.why = why;
  lease.endedAt = state.now;
  refund(turn, lease, 'end');
  const parties = [lease.buyer, ...partsOf(state, lease).map(({ owner }) => owner)];
  turn.tell('lease.ended', `lease/${lease.id}`, parties, { why });
}
