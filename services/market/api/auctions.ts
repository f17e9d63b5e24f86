/** Auctions, for anyone with a token: what was promised before, and what came out. */
import { BullionError, notFound, SequenceQuery } from '@bullion/service';
import { z } from 'zod';
import { type Parts, routesOf } from './route.ts';

const Auction = z
  .object({
    number: z.number(),
    committedAt: z.string(),
    root: z.string().describe('The commitment: published before the clearing'),
    hash: z.string().nullable().describe('Of the transcript; null until it has cleared'),
    previous: z.string().nullable().describe('Of the transcript before'),
  })
  .meta({ id: 'Auction' });
const ofAuction = z.object({ number: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });

export function addAuctionRoutes(parts: Parts): void {
  const { db } = parts.context;
  const { reads, lists } = routesOf(parts);
  const columns = ['number', 'committed_at', 'root', 'hash', 'previous'] as const;
  lists(
    'GET /auctions',
    { summary: 'List auctions, oldest first', query: SequenceQuery, items: Auction },
    async ({ query }) => {
      const found = db.selectFrom('auctions').select(columns).where('number', '>', query.after);
      return (await found.orderBy('number').limit(query.limit).execute()).map(viewOf);
    },
    ({ number }) => number,
  );
  const row = async (number: number) => {
    const found = await db.selectFrom('auctions').selectAll().where('number', '=', number).executeTakeFirst();
    if (found) return found;
    throw notFound('auction', String(number));
  };
  const Commitment = Auction.extend({ asks: z.array(z.string()), bids: z.array(z.string()) }).meta({
    id: 'Commitment',
  });
  reads(
    'GET /auctions/:number',
    {
      summary: 'Show an auction, with the hashes of the orders in it',
      params: ofAuction,
      answer: Commitment,
    },
    async ({ params }) => {
      const found = await row(params.number);
      return { ...viewOf(found), ...(JSON.parse(found.commitment) as { asks: string[]; bids: string[] }) };
    },
  );
  reads(
    'GET /auctions/:number/transcript',
    {
      summary: 'All that went in and came out, as the text that its hash is of',
      params: ofAuction,
      answer: z.object({ transcript: z.string() }),
    },
    async ({ params }) => {
      const { transcript } = await row(params.number);
      if (transcript !== null) return { transcript };
      throw new BullionError(
        'conflict',
        'auction_not_cleared',
        `Auction ${params.number} has not cleared yet.`,
        {
          hint: 'Ask again in a moment.',
        },
      );
    },
  );
}

const viewOf = (row: {
  number: number;
  committed_at: number;
  root: string;
  hash: string | null;
  previous: string | null;
}) => ({
  ...{ number: row.number, committedAt: new Date(row.committed_at).toISOString() },
  ...{ root: row.root, hash: row.hash, previous: row.previous },
});
