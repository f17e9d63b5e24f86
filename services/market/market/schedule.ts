/** What time brings: leases start and end, rent is paid, no-shows and defaults are found. */
import { escrow, free } from '../ledger/index.ts';
import { strike } from './allies.ts';
import { watchSupply } from './concentration.ts';
import { closeAsk } from './orders.ts';
import { dropLease } from './own.ts';
import { closeLease, cutShort, settle, skip, worth } from './settlement.ts';
import { isOpen, type Lease, partsOf } from './state.ts';
import { min } from './trades.ts';
import { move, purse, type Turn } from './turn.ts';

/** Ended leases are forgotten here after this long; the journal and the ledger keep them. */
const KEEP_MS = 7 * 86_400_000;

export function tick(turn: Turn): void {
  const { state } = turn;
  const stopped = state.ticked !== undefined && turn.slot > state.ticked + 1;
  state.ticked = turn.slot;
  for (const lease of state.leases.values()) {
    // Where there was no market, nobody could claim.
    if (stopped && !lease.claimed) lease.graceFrom = turn.slot;
    if (lease.state === 'reserved' && lease.start <= turn.slot) start(turn, lease);
    if (lease.state === 'active') advance(turn, lease);
    if (lease.state === 'ended' && lease.endedAt! < state.now - KEEP_MS) forget(turn, lease);
  }
  for (const ask of state.asks.values()) closeAsk(turn, ask);
  watchSupply(turn);
}

/** The whole price must be there from the start on. What ran while the market was down is nobody's, and costs nothing. */
function start(turn: Turn, lease: Lease): void {
  const { state } = turn;
  if (state.config.rules >= 2) {
    for (const part of partsOf(state, lease)) skip(turn, part);
    if (!partsOf(state, lease).some(isOpen))
      return void closeLease(turn, lease, 'the market was down while it was to run');
  }
  const whole = partsOf(state, lease).reduce(
    (sum, part) => sum + worth(part.price, part.nodes, part.end - part.settled),
    0n,
  );
  const lacks = whole - lease.held;
  if (lacks > purse(turn, lease.buyer))
    return void forfeit(turn, lease, turn.slot, 'the buyer could not pay');
  turn.post(`start/${lease.id}`, 'the price of a lease', move(free(lease.buyer), escrow(lease.buyer), lacks));
  lease.held = whole;
  lease.state = 'active';
  const parties = [lease.buyer, ...partsOf(state, lease).map(({ owner }) => owner)];
  turn.tell('lease.started', `lease/${lease.id}`, parties, { start: lease.start, end: lease.end });
}

function advance(turn: Turn, lease: Lease): void {
  const { state } = turn;
  const parts = partsOf(state, lease);
  const open = parts.filter(isOpen);
  for (const part of open) {
    if (part.end <= turn.slot) settle(turn, part, part.end);
    // A long lease is paid by the day, so that an owner need not wait for its end.
    else if ((turn.slot - part.settled) * state.config.slotMs >= 86_400_000) settle(turn, part, turn.slot);
  }
  const graceEnds = Math.max(lease.graceFrom ?? 0, lease.start) + state.config.graceSlots;
  if (!lease.claimed && turn.slot >= graceEnds && lease.state === 'active')
    return void forfeit(turn, lease, turn.slot, 'nobody claimed it');
  closeLease(turn, lease, 'its time was over');
}

/** A buyer that cannot pay, or does not come: the owners get the deposit, the nodes can be let again at once. */
function forfeit(turn: Turn, lease: Lease, from: number, why: string): void {
  const { state } = turn;
  for (const part of partsOf(state, lease)) settle(turn, part, from);
  const parts = partsOf(state, lease).filter(isOpen);
  const rest = parts.reduce((sum, part) => sum + worth(part.price, part.nodes, part.end - part.settled), 0n);
  const whole = (rest * BigInt(lease.depositPpm)) / 1_000_000n;
  // Paid in full, a lease that nobody came for costs as much as the largest deposit.
  const deposit = min(min(whole, lease.held), (rest * BigInt(state.config.deposit.maxPpm)) / 1_000_000n);
  payOwners(turn, lease, `forfeit/${lease.id}`, 'a forfeited deposit', deposit);
  for (const part of parts) cutShort(turn, part, from);
  strike(state, lease.buyer);
  closeLease(turn, lease, why);
}

/** Shares an amount of a lease's escrow among the owners of its open parts, by what is left of each. The first gets the remainder. */
export function payOwners(turn: Turn, lease: Lease, key: string, memo: string, amount: bigint): void {
  const parts = partsOf(turn.state, lease).filter(isOpen);
  const weights = parts.map((part) => worth(1n, part.nodes, part.end - part.settled));
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (amount <= 0n || total === 0n) return;
  const shares = weights.map((weight) => (amount * weight) / total);
  shares[0]! += amount - shares.reduce((sum, share) => sum + share, 0n);
  const lines = parts.map((part, i) => ({ account: free(part.owner), amount: shares[i]! }));
  turn.post(key, memo, [{ account: escrow(lease.buyer), amount: -amount }, ...lines]);
  lease.held -= amount;
}

function forget({ state }: Turn, lease: Lease): void {
  for (const part of partsOf(state, lease)) {
    state.parts.delete(part.id);
    state.letFrom.get(part.ask)?.delete(part.id);
  }
  dropLease(state, lease);
}
