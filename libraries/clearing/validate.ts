/** What a batch must be for the rest of this library to be right about it. */
import { ClearingError } from './errors.ts';
import type { Ask, Batch, Bid } from './types.ts';

/** Beyond these a node-slot count could leave the safe integers. */
const MOST_NODES = 1_000_000;
const MOST_SLOTS = 1_000_000;

export function validateBatch(batch: Batch): void {
  const where = 'the batch';
  whole(where, 'from', batch.from, 0);
  whole(where, 'slots', batch.slots, 0, MOST_SLOTS);
  whole(where, 'feePpm', batch.feePpm, 0, 999_999);
  if (batch.engine !== undefined) whole(where, 'engine', batch.engine, 1);
  whole(where, 'exactUpTo', batch.exactUpTo, 0);
  whole(where, 'exactSteps', batch.exactSteps, 0);
  unique('ask', batch.asks);
  unique('bid', batch.bids);
  for (const ask of batch.asks) validateAsk(ask);
  for (const bid of batch.bids) validateBid(bid);
  validateCommitments(batch);
  for (const { class: name, low, high } of batch.bands)
    if (low > high) refuse(`the band of class "${name}"`, 'low is above high');
}

export function validateAsk(ask: Ask): void {
  const where = `ask "${ask.id}"`;
  whole(where, 'nodes', ask.nodes, 1, MOST_NODES);
  interval(where, ask);
  money(where, 'reserve', ask.reserve, 0n);
  money(where, 'subsidy', ask.subsidy, 0n);
  if (ask.notice !== null) whole(where, 'notice', ask.notice, 0);
  whole(where, 'minLease', ask.minLease, 1);
  if (ask.maxPerBuyer !== null) whole(where, 'maxPerBuyer', ask.maxPerBuyer, 1);
  whole(where, 'tier', ask.tier, 0);
}

export function validateBid(bid: Bid): void {
  const where = `bid "${bid.id}"`;
  whole(where, 'nodes', bid.nodes, 1, MOST_NODES);
  whole(where, 'slots', bid.slots, 1, MOST_SLOTS);
  whole(where, 'earliest', bid.earliest, 0);
  whole(where, 'latest', bid.latest, bid.earliest);
  money(where, 'limit', bid.limit, 0n);
  money(where, 'weight', bid.weight, 1n);
  if (bid.minNotice !== null) whole(where, 'minNotice', bid.minNotice, 0);
  whole(where, 'tier', bid.tier, 0);
  if (bid.classes.length === 0) refuse(where, 'it names no class');
}

/** Nodes let before must fit their asks: a clearing that starts from a double sale would only hide it. */
function validateCommitments({ asks, commitments }: Batch): void {
  const byId = new Map(asks.map((ask) => [ask.id, ask]));
  const changes = new Map<string, Map<number, number>>();
  for (const { ask: id, nodes, ...lease } of commitments) {
    const where = `a commitment of ask "${id}"`;
    const ask = byId.get(id);
    if (ask === undefined) throw refusal(where, 'there is no such ask');
    whole(where, 'nodes', nodes, 1, MOST_NODES);
    interval(where, lease);
    if (lease.start < ask.start || lease.end > ask.end) refuse(where, "it lies outside the ask's interval");
    const at = changes.get(id) ?? new Map<number, number>();
    at.set(lease.start, (at.get(lease.start) ?? 0) + nodes);
    at.set(lease.end, (at.get(lease.end) ?? 0) - nodes);
    changes.set(id, at);
  }
  for (const [id, at] of changes) {
    let held = 0;
    for (const [slot, change] of [...at].sort(([a], [b]) => a - b)) {
      held += change;
      if (held > byId.get(id)!.nodes) refuse(`ask "${id}"`, `${held} nodes are let at slot ${slot} already`);
    }
  }
}

function unique(noun: string, orders: readonly { id: string }[]): void {
  const seen = new Set<string>();
  for (const { id } of orders) {
    if (seen.has(id)) refuse(`${noun} "${id}"`, 'there are two with this id');
    seen.add(id);
  }
}

function interval(where: string, { start, end }: { start: number; end: number }): void {
  whole(where, 'start', start, 0);
  whole(where, 'end', end, start + 1);
}

function whole(
  where: string,
  field: string,
  value: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    refuse(where, `${field} is ${value}, not a whole number from ${least} to ${most}`);
}

function money(where: string, field: string, value: bigint, least: bigint): void {
  if (typeof value !== 'bigint' || value < least)
    refuse(where, `${field} is ${value}, not a bigint of at least ${least}`);
}

function refuse(where: string, why: string): never {
  throw refusal(where, why);
}

const refusal = (where: string, why: string) =>
  new ClearingError(
    'batch-invalid',
    `Cannot clear: ${where}: ${why}.`,
    'Leave this order out and clear again.',
  );
