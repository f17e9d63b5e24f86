/** Which orders are taken: while the market is open, not too many of one owner, and none that can never be let. */
import { conflict, invalid, notFound } from '@bullion/service/errors';
import { ordersOf } from './allies.ts';
import { tierOf } from './classes.ts';
import type { NewAsk, NewBid } from './commands.ts';
import { openOrders } from './own.ts';
import type { State } from './state.ts';

export function requireOpen({ halted }: State): void {
  if (!halted) return;
  throw conflict('market_halted', 'The market takes no orders now; leases run on.', 'Try again later.');
}

export function requireRate(state: State, party: string): void {
  const { orderRate, openMax } = state.config;
  const orders = ordersOf(state, party);
  if (orders >= orderRate) {
    throw conflict(
      'order_rate',
      `${party} has placed ${orders} orders since the last clearing; no more are taken until the next.`,
      'Wait for the next clearing.',
    );
  }
  const open = openOrders(state, party);
  if (open < openMax) return;
  throw conflict(
    'open_orders',
    `${party}, with the parties it is one with, has ${open} asks and bids open; no more than ${openMax} are taken.`,
    'Cancel a bid, withdraw an ask, or wait for some to end: `bullion market orders`.',
  );
}

/** A key has one effect: what is put down for a second order under an id that is over would be put down by nobody. */
export function requireFresh(state: State, key: string, id: string): void {
  if (!state.ledger.has(key)) return;
  throw conflict(
    'order_id_taken',
    `There was an order ${id} before; it is over.`,
    'Give each order an id of its own, or leave it out.',
  );
}

/** A bid that can never be let costs everybody: it is in each batch, and in its transcript, until it ends. */
export function requireSense({ now, config, classes, enrolled }: State, bid: NewBid): void {
  if (bid.limit <= 0n) {
    throw invalid(
      'limit_invalid',
      'A bid for nothing is never let: a node and slot costs more than 0.',
      'Give a limit above 0; `bullion market prices` says what nodes cost.',
    );
  }
  if (bid.expires <= now || bid.expires > now + config.bidLifeMs) {
    throw invalid(
      'bid_end_invalid',
      `The bid ends at ${timeText(bid.expires)}; it is ${timeText(now)}, and none waits for longer than ${config.bidLifeMs / 3_600_000} hours.`,
      'Choose an end ahead of now and not so far, or leave it out.',
    );
  }
  if (!config.inventory) return;
  const unknown = bid.classes.find((name) => !classes.has(name));
  if (unknown !== undefined)
    throw notFound('class', unknown, 'See those that there are: `bullion market prices`.');
  const most = Math.max(...bid.classes.map((name) => enrolled.get(name) ?? 0));
  if (bid.nodes <= most) return;
  throw conflict(
    'bid_too_large',
    `The bid is for ${bid.nodes} nodes of one class; of ${bid.classes.join(', ')} at most ${most} are enrolled.`,
    'Bid for fewer, or for each class by a bid of its own.',
  );
}

/** A time may be beyond what a calendar has. */
const timeText = (at: number): string => (Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : `${at} ms`);

/** What is attested of nodes their owner does not say. */
export function requireTier({ classes }: State, { class: name, tier }: NewAsk): void {
  const attested = tierOf(classes.get(name));
  if (tier <= attested) return;
  throw conflict(
    'tier_not_attested',
    `Nodes of ${name} are attested to be of tier ${attested}, not ${tier}.`,
    'Leave the tier out, or have the operator enroll the nodes with it: `bullion market enroll NODE --attribute tier=...`.',
  );
}
