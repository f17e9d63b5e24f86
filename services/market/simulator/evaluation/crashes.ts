/** (h): owners that fail one after the other, demand that jumps, and a market where nobody offers. */
import { INSURANCE } from '../../ledger/index.ts';
import type { Market } from '../../market/index.ts';
import { openParts } from '../../market/index.ts';
import { KNOBS, type Knobs } from '../systems.ts';
import { scaled } from '../workload.ts';
import { mean, run } from './criterion.ts';
import type { World } from './world.ts';

export type Cascade = {
  /** What each owner had, in credits. */
  purse: number;
  failed: number;
  leases: number;
  owed: number;
  paid: number;
  insuranceLeft: number;
  /** Accounts below zero, the mint aside: there must be none. */
  below: number;
};

/** After the first days, when so many leases run at once, the owners fail, one in each slot, the largest first. */
const WARM_SLOTS = 3 * 96;
const LEASES = 12;
/** Of the silos' hardware: so that there is something to lease. */
const SCALE = 0.9;

export function cascades({ four }: World, say: (text: string) => void): Cascade[] {
  return [100_000, 1_000, 100].map((purse) => {
    const workload = scaled(four(1), SCALE);
    const largest = workload.owners
      .map(({ nodes }, owner) => ({ nodes, owner }))
      .sort((a, b) => b.nodes - a.nodes)
      .slice(0, 3)
      .map(({ owner }) => `owner-${owner}`);
    const told = { leases: 0, owed: 0n, paid: 0n };
    let last: Market | undefined;
    let next = 0;
    const before = (market: Market, slot: number, now: number) => {
      last = market;
      const running = [...market.state.leases.values()].filter(({ state }) => state !== 'ended').length;
      if (slot < WARM_SLOTS || (next === 0 && running < LEASES)) return;
      const owner = largest[next++];
      if (owner !== undefined) failAll(market, owner, now, told);
    };
    run('market', workload, { ...KNOBS, market: { purse: BigInt(purse) * 1_000_000n, before } });
    const { ledger } = last!.state;
    const credits = (amount: bigint) => Number(amount / 10_000n) / 100;
    say(`three owners fail, purses of ${purse}: ${credits(told.paid)} of ${credits(told.owed)} paid`);
    return {
      ...{ purse, failed: largest.length, leases: told.leases },
      ...{ owed: credits(told.owed), paid: credits(told.paid) },
      insuranceLeft: credits(ledger.balance(INSURANCE)),
      below: [...ledger.balances()].filter(([name, amount]) => name !== 'mint' && amount < 0n).length,
    };
  });
}

function failAll(
  market: Market,
  owner: string,
  now: number,
  told: { leases: number; owed: bigint; paid: bigint },
) {
  const parts = [...market.state.letFrom.keys()].flatMap((ask) => openParts(market.state, ask));
  for (const part of parts.filter((one) => one.owner === owner)) {
    const { events } = market.apply({ do: 'fail', part: part.id }, now);
    for (const { kind, data } of events) {
      if (kind !== 'lease.recalled') continue;
      told.leases++;
      told.owed += BigInt(data.owed as string);
      told.paid += BigInt(data.compensation as string);
    }
  }
}

export type Spiral = {
  system: 'market-no-breaker' | 'market';
  demand: number;
  medianPrice: number;
  highestPrice: number;
  trades: number;
  waitS: number;
  /** Of the rounds in which somebody wanted nodes, the share in which nobody offered any. */
  empty: number;
};

export function spirals({ four }: World, say: (text: string) => void): Spiral[] {
  return [1, 1.25].flatMap((demand) =>
    (['market-no-breaker', 'market'] as const).map((system): Spiral => {
      const { prices, owners, rounds, emptyRounds } = run(system, four(1, demand), KNOBS as Knobs);
      const sorted = prices.map(({ price }) => Number(price) / 1e6).sort((a, b) => a - b);
      const at = (share: number) =>
        sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
      const [medianPrice, highestPrice] = [at(0.5), at(1)];
      say(
        `demand ${demand}, ${system}: median ${medianPrice.toFixed(2)}, highest ${highestPrice.toFixed(2)}`,
      );
      return {
        ...{ system, demand, medianPrice, highestPrice, trades: sorted.length },
        waitS: mean(owners.map(({ meanWaitS }) => meanWaitS)),
        empty: emptyRounds / Math.max(1, rounds),
      };
    }),
  );
}
