/**
 * A party's own orders in an auction: those that it kept, or those that stand open and were placed before the commitment.
 * What the market says of them is compared with what it published.
 */
import { readFile } from 'node:fs/promises';
import { type Finding, findAsk, findBid, type Self, type Transcript } from '@bullion/clearing';
import { all, ok } from '@bullion/sdk';
import { invalid } from '@bullion/service/errors';
import { z } from 'zod';
import type { Market } from './auction-record.ts';

const Amount = z.string().regex(/^\d+$/).transform(BigInt);
/** As `bullion market ask|bid --json` prints them, and `bullion market orders --json` in two lists. */
const KeptAsk = z.object({
  ...{ id: z.string(), owner: z.string(), class: z.string(), nodes: z.number() },
  ...{ start: z.string(), end: z.string(), reserve: Amount, noticeSlots: z.number().nullable() },
  ...{ minLease: z.number(), allow: z.array(z.string()).nullable(), maxPerBuyer: z.number().nullable() },
  ...{ tier: z.number(), placedAt: z.string(), withdrawn: z.boolean() },
});
const KeptBid = z.object({
  ...{
    id: z.string(),
    buyer: z.string(),
    classes: z.array(z.string()),
    nodes: z.number(),
    slots: z.number(),
  },
  ...{ earliest: z.string(), latest: z.string(), limit: Amount, minNoticeSlots: z.number().nullable() },
  ...{ sameOwner: z.boolean(), tier: z.number(), nonce: z.string(), placedAt: z.string() },
});
const Kept = z.object({ asks: z.array(KeptAsk), bids: z.array(KeptBid) });
const File = z.union([
  Kept,
  KeptAsk.transform((ask) => ({ asks: [ask], bids: [] })),
  KeptBid.transform((bid) => ({ asks: [], bids: [bid] })),
]);
export type Orders = z.output<typeof Kept>;

export async function keptOrders(path: string): Promise<Orders> {
  let text: unknown;
  try {
    text = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw notOrders(path, (error as Error).message);
  }
  const read = File.safeParse(text);
  if (read.success) return read.data;
  throw notOrders(path, 'it holds neither an ask, a bid, nor lists of them');
}

const notOrders = (path: string, why: string) =>
  invalid(
    'orders_unreadable',
    `Cannot read orders from ${path}: ${why}.`,
    'Keep what `bullion market bid ... --json` or `bullion market orders --json` prints, and name that file.',
  );

/** Of the orders that stand open: those that must be in the batch. */
export async function openOrders(
  market: Market,
  committedAt: string,
  { batch }: Transcript,
): Promise<Orders> {
  const asks = await all((query) => market.GET('/market/v1/asks', { params: { query } }));
  const bids = await all((query) => market.GET('/market/v1/bids', { params: { query } }));
  const { asks: standing, bids: waiting } = Kept.parse({ asks, bids });
  const toSlot = await slotsBy(market);
  const before = ({ placedAt }: { placedAt: string }) => Date.parse(placedAt) < Date.parse(committedAt);
  return {
    asks: standing.filter((ask) => before(ask) && !ask.withdrawn && toSlot(ask.end) > batch.from),
    bids: waiting.filter(before),
  };
}

export type OwnFinding = Finding & { party: string };

/** Each order, and what is wrong with it in the batch. `selves`: the caller's parties, as they are in it. */
export async function checkOrders(
  market: Market,
  { batch }: Transcript,
  selves: ReadonlyMap<string, Self>,
  orders: Orders,
): Promise<OwnFinding[]> {
  const toSlot = await slotsBy(market);
  const selfOf = (party: string): Self => {
    const self = selves.get(party);
    if (self) return self;
    throw invalid('party_foreign', `You do not act for "${party}", whose order this is.`, 'Use its token.');
  };
  return [
    ...orders.asks.map(({ owner, noticeSlots, start, end, placedAt, withdrawn, ...ask }) => {
      const placed = { ...ask, notice: noticeSlots, start: toSlot(start), end: toSlot(end) };
      return { party: owner, ...findAsk(batch, selfOf(owner), placed) };
    }),
    ...orders.bids.map(({ buyer, minNoticeSlots, earliest, latest, placedAt, ...bid }) => {
      const window = { earliest: toSlot(earliest), latest: toSlot(latest) };
      return {
        party: buyer,
        ...findBid(batch, selfOf(buyer), { ...bid, ...window, minNotice: minNoticeSlots }),
      };
    }),
  ];
}

async function slotsBy(market: Market): Promise<(time: string) => number> {
  const { slotMs } = await ok(market.GET('/market/v1/health'));
  return (time) => Math.round(Date.parse(time) / slotMs);
}
