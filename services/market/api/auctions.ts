/** Auctions, for anyone with a token: what was promised before, and what came out. */
import { partyKey, partyName } from '@bullion/clearing';
import { BullionError, notFound, PageQuery, SequenceQuery, seesAll } from '@bullion/service';
import { z } from 'zod';
import { type Parts, routesOf } from './route.ts';

const Auction = z
  .object({
    number: z.number(),
    committedAt: z.string(),
    root: z.string().describe('The commitment: published before the clearing'),
    hash: z
      .string()
      .nullable()
      .describe('Of the transcript; null until it has cleared, and where it was dropped'),
    previous: z.string().nullable().describe('Of the transcript before'),
  })
  .meta({ id: 'Auction' });
const BatchName = z
  .object({
    party: z.string(),
    name: z.string().describe('In the commitment and the transcript of this auction alone'),
    key: z
      .string()
      .nullable()
      .describe("What the party's name and those of its orders follow from; null where they are its own"),
  })
  .meta({ id: 'BatchName' });
const ofAuction = z.object({ number: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });

export function addAuctionRoutes(parts: Parts): void {
  const { db, desk } = parts.context;
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
      const { frozen, batches } = desk.market.state;
      if (frozen && batches === params.number)
        throw notCleared(params.number, 'yet', 'Ask again in a moment.');
      throw notCleared(
        params.number,
        'and will not',
        'The market was updated in the middle of it; its orders are in the next one.',
      );
    },
  );
  lists(
    'GET /auctions/:number/names',
    {
      summary: "The names that you have in an auction; an auditor sees every party's",
      params: ofAuction,
      query: PageQuery,
      items: BatchName,
    },
    async ({ params, query, principal }) => {
      const { secret } = await row(params.number);
      const parties = seesAll(principal) ? desk.market.state.parties.keys() : principal.projects;
      const page = [...new Set(parties)].filter((party) => party > query.after).sort();
      return page.slice(0, query.limit).map((party) => {
        if (secret === null) return { party, name: party, key: null };
        const key = partyKey(secret, party);
        return { party, name: partyName(key, party), key };
      });
    },
    ({ party }) => party,
  );
}

const notCleared = (number: number, when: string, hint: string) =>
  new BullionError('conflict', 'auction_not_cleared', `Auction ${number} has not cleared ${when}.`, { hint });

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
