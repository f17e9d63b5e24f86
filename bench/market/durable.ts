/** Orders that are on the disk before they are acknowledged; and orders in memory alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { free } from '../../services/market/ledger/index.ts';
import { type Command, classOf, Market, type NewBid, nextSlot } from '../../services/market/market/index.ts';
import { openDesk } from '../../services/market/testing/desk.ts';
import { type BenchOptions, type Figure, quantile, rounded } from '../common/figures.ts';

const CLIENTS = 64;
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
  return {
    orders_per_s: { value: rounded(memory, 0), unit: '/s', target: '>= 100000', note: 'in memory, one core' },
    durable_orders_per_s: { value: rounded(durable.perSecond, 0), unit: '/s', target: '>= 5000', note },
    durable_p50_ms: { value: rounded(durable.p50), unit: 'ms', note },
    durable_p99_ms: { value: rounded(durable.p99), unit: 'ms', target: '< 20 ms', note },
  };
}

/** Each client places one bid after the other. Times are in milliseconds. */
async function durableOrders({
  quick,
}: BenchOptions): Promise<{ perSecond: number; p50: number; p99: number }> {
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
    return { perSecond: waits.length / seconds, p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) };
  } finally {
    await db.destroy();
    await rm(folder, { recursive: true, force: true });
  }
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
