/** The largest batch that must clear within its minute: one class, so that every bid competes with every other. */
import { type Ask, type Batch, type Bid, clear, totalsOf, WEIGHT_ONE } from '@bullion/clearing';
import { diceOf } from '../../libraries/clearing/testing/dice.ts';
import type { BenchOptions, Figure } from '../common/figures.ts';
import { rounded } from '../common/figures.ts';

const SLOTS = 672;

const OWNERS = 100;

/** The fuller market, and the emptier one whose replays take longer: most of its winners' prices lie far below them. */
export async function measureLarge({ quick, say }: BenchOptions): Promise<Record<string, Figure>> {
  const full = { clear_s: clearing(10_000, say, '< 60') };
  return quick ? full : { ...full, clear_2000_s: clearing(2_000, say) };
}

function clearing(bids: number, say: BenchOptions['say'], target?: string): Figure {
  const batch = largeBatch(bids, OWNERS);
  const begun = process.cpuUsage();
  const { trades } = clear(batch);
  const { user, system } = process.cpuUsage(begun);
  const seconds = (user + system) / 1e6;
  const what = `${bids} bids x ${OWNERS} owners x ${SLOTS} slots`;
  say(`a clearing of ${what}: ${seconds.toFixed(1)} s, ${trades.length} trades`);
  const paid = trades.reduce((sum, trade) => sum + totalsOf(trade).paid, 0n);
  const note = `${what}, one class, with prices; processor time; ${trades.length} trades, ${paid} micro-credits`;
  return { value: rounded(seconds), unit: 's', target, note };
}

/** With 10,000 bids demand is several times what is offered. */
export function largeBatch(bids: number, owners: number): Batch {
  const dice = diceOf(7);
  const anAsk = (at: number): Ask => ({
    id: `ask-${at}`,
    owner: `owner-${at}`,
    class: 'standard',
    nodes: dice(1, 16),
    start: 0,
    end: SLOTS,
    reserve: BigInt(dice(20, 60)) * 1_000n,
    subsidy: 0n,
    notice: dice(0, 3) === 0 ? 8 : null,
    minLease: 1,
    allow: null,
    maxPerBuyer: null,
    tier: dice(0, 2),
  });
  const aBid = (at: number): Bid => {
    const slots = dice(1, 96);
    const earliest = dice(0, SLOTS - slots);
    return {
      id: `bid-${at}`,
      buyer: dice(0, 9) === 0 ? `owner-${dice(0, owners - 1)}` : `buyer-${dice(0, 999)}`,
      classes: ['standard'],
      nodes: dice(1, 16),
      slots,
      earliest,
      latest: Math.min(SLOTS - slots, earliest + dice(0, 336)),
      limit: BigInt(dice(20_000, 200_000)),
      minNotice: dice(0, 1) === 0 ? 4 : null,
      sameOwner: dice(0, 19) === 0,
      tier: dice(0, 5) === 0 ? 1 : 0,
      weight: WEIGHT_ONE,
      nonce: '',
    };
  };
  return {
    seed: 'large',
    from: 0,
    slots: SLOTS,
    feePpm: 20_000,
    exactUpTo: 24,
    exactSteps: 0,
    asks: Array.from({ length: owners }, (_, at) => anAsk(at)),
    commitments: [],
    bids: Array.from({ length: bids }, (_, at) => aBid(at)),
    bands: [],
  };
}
