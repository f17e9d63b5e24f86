/** Orders for tests: a plain one, with what matters said. */
import { type Ask, type Batch, type Bid, WEIGHT_ONE } from '../types.ts';

export const anAsk = (said: Partial<Ask> = {}): Ask => ({
  id: 'ask',
  owner: 'owner',
  class: 'c',
  nodes: 4,
  start: 0,
  end: 16,
  reserve: 10n,
  subsidy: 0n,
  notice: null,
  minLease: 1,
  allow: null,
  maxPerBuyer: null,
  tier: 0,
  ...said,
});

export const aBid = (said: Partial<Bid> = {}): Bid => ({
  id: 'bid',
  buyer: 'buyer',
  classes: ['c'],
  nodes: 1,
  slots: 4,
  earliest: 0,
  latest: 0,
  limit: 50n,
  minNotice: null,
  sameOwner: false,
  tier: 0,
  weight: WEIGHT_ONE,
  nonce: '',
  ...said,
});

export const aBatch = (said: Partial<Batch> = {}): Batch => ({
  seed: 'seed',
  from: 0,
  slots: 16,
  feePpm: 0,
  exactUpTo: 12,
  exactSteps: 10_000_000,
  asks: [],
  commitments: [],
  bids: [],
  bands: [],
  ...said,
});
