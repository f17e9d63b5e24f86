/** Orders that are on the disk before they are acknowledged; and orders in memory alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { free } from '../../services/market/ledger/index.ts';
import { type Command, classOf, Market, type NewBid, nextSlot } from '../../services/market/market/index.ts';
import { openDesk } from '../../services/market/testing/desk.ts';

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

export type DurableFigures = { durable_orders_per_s: number; durable_p50_ms: number; durable_p99_ms: number };

/** `clients` place one bid after the other at the desk, in this process: journal, ledger, events, fdatasync; no HTTP. */
export async function durableOrders({ quick }: { quick: boolean }): Promise<DurableFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-bench-market-'));
  const { db, desk } = await openDesk(join(folder, 'market.db'), () => AT);
  try {
    for (const command of [LIMITS, FUNDS]) await desk.own(command);
    const slot = nextSlot(desk.market.state);
    let n = 0;
    const waits: number[] = [];
    const clients = 64;
    const place = async (end: number, times: number[] | undefined) => {
      while (performance.now() < end) {
        const begun = performance.now();
        await desk.own({ do: 'bid', bid: bidOf(n++, slot) });
        times?.push(performance.now() - begun);
      }
    };
    const run = (ms: number, times?: number[]) => {
      const end = performance.now() + ms;
      return Promise.all(Array.from({ length: clients }, () => place(end, times)));
    };
    await run(500);
    const begun = performance.now();
    await run(quick ? 2000 : 10_000, waits);
    const seconds = (performance.now() - begun) / 1000;
    waits.sort((a, b) => a - b);
    const at = (share: number) => waits[Math.floor(waits.length * share)]!;
    return {
      durable_orders_per_s: waits.length / seconds,
      durable_p50_ms: at(0.5),
      durable_p99_ms: at(0.99),
    };
  } finally {
    await db.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bids that the state machine admits: checked, their deposit posted and hashed into the ledger's chain. */
export function ordersPerSecond({ quick }: { quick: boolean }): number {
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
