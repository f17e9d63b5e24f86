/** Small random batches, crowded, with one order a buyer. */
import { type Ask, type Batch, type Bid, WEIGHT_ONE } from '@bullion/clearing';
import type { Dice } from '../../libraries/clearing/testing/dice.ts';

const SLOTS = 16;
/** Some 5 s at most; what the market's rules allow by default is `services/market/market/config.ts`. */
const STEPS = 400_000_000;

export const CREDIT = 1_000_000n;

/** One class, firm nodes, two to four owners, 10 to 24 bids; demand from slack to thrice the supply. */
export function smallBatch(dice: Dice): Batch {
  const asks = Array.from({ length: dice(2, 4) }, (_, at) =>
    anAsk(at, dice(1, 6), SLOTS, BigInt(dice(5, 40))),
  );
  const bids = Array.from({ length: dice(10, 24) }, (_, at) => {
    const slots = dice(1, 6);
    const earliest = dice(0, SLOTS - slots);
    const latest = Math.min(SLOTS - slots, earliest + dice(0, 6));
    return aBid(at, { nodes: dice(1, 6), slots, earliest, latest, limit: BigInt(dice(20, 120)) });
  });
  return aBatch(SLOTS, asks, bids, dice);
}

/**
 * Fewer bids on fewer slots, shorter to clear and as crowded, with weights; prices in micro-credits, as they really
 * are: on a grid where a step is worth a percent, rounding alone makes an order cheaper now and then.
 */
export function tinyBatch(dice: Dice): Batch {
  const width = 6;
  const asks = Array.from({ length: dice(1, 3) }, (_, at) =>
    anAsk(at, dice(1, 6), width, BigInt(dice(5, 40)) * CREDIT + BigInt(dice(0, 999_999))),
  );
  const bids = Array.from({ length: dice(3, 6) }, (_, at) => {
    const slots = dice(1, 4);
    const earliest = dice(0, width - slots);
    const latest = Math.min(width - slots, earliest + dice(0, 3));
    const limit = BigInt(dice(20, 120)) * CREDIT + BigInt(dice(0, 999_999));
    const weight = BigInt(dice(10, 20)) * 100_000n;
    return aBid(at, { nodes: dice(1, 6), slots, earliest, latest, limit, weight });
  });
  return aBatch(width, asks, bids, dice);
}

const anAsk = (at: number, nodes: number, end: number, reserve: bigint): Ask => ({
  ...{ id: `ask-${at}`, owner: `owner-${at}`, class: 'c', nodes, start: 0, end, reserve },
  ...{ subsidy: 0n, notice: null, minLease: 1, allow: null, maxPerBuyer: null, tier: 0 },
});

type Wish = Pick<Bid, 'nodes' | 'slots' | 'earliest' | 'latest' | 'limit'> & Partial<Bid>;

const aBid = (at: number, wish: Wish): Bid => ({
  ...{ id: `bid-${at}`, buyer: `buyer-${at}`, classes: ['c'], minNotice: null, sameOwner: false },
  ...{ tier: 0, weight: WEIGHT_ONE, nonce: '' },
  ...wish,
});

const aBatch = (slots: number, asks: readonly Ask[], bids: readonly Bid[], dice: Dice): Batch => ({
  ...{ seed: `${dice(0, 1e9)}`, from: 0, slots, feePpm: 0, exactUpTo: 24, exactSteps: STEPS },
  ...{ asks, commitments: [], bids, bands: [] },
});
