/** Orders that are on the disk before they are acknowledged, as fast as they go and at a given rate; and orders in memory alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { free } from '../../services/market/ledger/index.ts';
import { type Command, classOf, Market, type NewBid, nextSlot } from '../../services/market/market/index.ts';
import { openDesk } from '../../services/market/testing/desk.ts';
import { type BenchOptions, type Figure, quantile, rounded } from '../common/figures.ts';

const CLIENTS = 64;
/** Per second: what the market is to keep up with. */
const RATE = 5000;
const CLASS = classOf({ cpu: 'bench' });
const AT = 20_000 * 86_400_000;
const LIMITS: Command = { do: 'configure', set: { orderRate: 1e9, notionalMax: 10n ** 24n } };
const FUNDS: Command = { do: 'mint', key: 'bench', account: free('b'), amount: 10n ** 20n };

function bidOf(n: number, slot: number): NewBid {
  return {
    ...{ id: `bid-${n}`, buyer: 'b', classes: [CLASS], nodes: 1 + (n % 8), slots: 1 + (n % 96) },
    ...{ earliest: slot, latest: slot + 96, limit: 1_000_000n + BigInt(n % 1000), minNotice: null },
    ...{ sameOwner: false, tier: 0, nonce: `nonce-${n}`, expires: AT + 86_400_000 },
  };
}

export async function measureOrders(options: BenchOptions): Promise<Record<string, Figure>> {
  const memory = ordersPerSecond(options);
  options.say(`${memory.toFixed(0)} orders/s in memory`);
  const durable = await durableOrders(options);
  const note = `${CLIENTS} at once at the desk, in this process: journal, ledger, events, fdatasync; no HTTP`;
  const beside = `${(durable.paced.besideSnapshot * 100).toFixed(0)} % of them beside a snapshot that was being made; ${durable.bids} open at the end`;
  const paced = `orders that come at ${RATE} a second, whether those before are answered or not; counted from when each was due; ${beside}`;
  return {
    orders_per_s: { value: rounded(memory, 0), unit: '/s', target: '>= 100000', note: 'in memory, one core' },
    durable_orders_per_s: { value: rounded(durable.perSecond, 0), unit: '/s', target: '>= 5000', note },
    durable_full_p50_ms: { value: rounded(durable.full.p50), unit: 'ms', note },
    durable_full_p99_ms: { value: rounded(durable.full.p99), unit: 'ms', target: '< 20 ms', note },
    durable_p50_ms: { value: rounded(durable.paced.p50), unit: 'ms', note: paced },
    durable_p99_ms: { value: rounded(durable.paced.p99), unit: 'ms', target: '< 20 ms', note: paced },
  };
}

/** Each client places one bid after the other. Times are in milliseconds. */
async function durableOrders({ quick }: BenchOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-bench-market-'));
  const { db, desk } = await openDesk(join(folder, 'market.db'), () => AT);
  try {
    for (const command of [LIMITS, FUNDS]) await desk.own(command);
    const slot = nextSlot(desk.market.state);
    let n = 0;
    const waits: number[] = [];
    const place = async (end: number, times: number[] | undefined) => {
      while (performance.now() < end) {
        const begun = performance.now();
        await desk.own({ do: 'bid', bid: bidOf(n++, slot) });
        times?.push(performance.now() - begun);
      }
    };
    const run = (ms: number, times?: number[]) => {
      const end = performance.now() + ms;
      return Promise.all(Array.from({ length: CLIENTS }, () => place(end, times)));
    };
    await run(500);
    const begun = performance.now();
    await run(quick ? 2000 : 10_000, waits);
    const seconds = (performance.now() - begun) / 1000;
    let beside = 0;
    const late = await atRate(RATE, quick ? 2 : 10, () => {
      if (desk.snapshots.making) beside++;
      return desk.own({ do: 'bid', bid: bidOf(n++, slot) });
    });
    const paced = { ...quantiles(late), besideSnapshot: beside / late.length };
    return { perSecond: waits.length / seconds, full: quantiles(waits), paced, bids: n };
  } finally {
    await desk.close();
    await db.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}

const quantiles = (waits: readonly number[]) => ({ p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) });

/** Milliseconds from when each was due to its acknowledgement: what waits for its turn to be sent waits as well. */
async function atRate(perSecond: number, seconds: number, place: () => Promise<unknown>): Promise<number[]> {
  const begun = performance.now();
  const waits: number[] = [];
  const placed: Promise<void>[] = [];
  while (placed.length < perSecond * seconds) {
    const due = Math.min(((performance.now() - begun) * perSecond) / 1000, perSecond * seconds);
    while (placed.length < due) {
      const at = begun + (placed.length * 1000) / perSecond;
      placed.push(place().then(() => void waits.push(performance.now() - at)));
    }
    await sleep(1);
  }
  await Promise.all(placed);
  return waits;
}

/** Bids that the state machine admits: checked, their deposit posted and hashed into the ledger's chain. */
function ordersPerSecond({ quick }: BenchOptions): number {
  const market = new Market();
  for (const command of [LIMITS, FUNDS]) market.apply(command, AT);
  const slot = nextSlot(market.state);
  const warm = 20_000;
  const orders = Array.from({ length: warm + (quick ? 50_000 : 200_000) }, (_, n) => bidOf(n, slot));
  let begun = 0;
  orders.forEach((bid, n) => {
    if (n === warm) begun = performance.now();
    market.apply({ do: 'bid', bid }, AT);
  });
  return (orders.length - warm) / ((performance.now() - begun) / 1000);
}
