/** Accounts, the ledger, prices, and what an order would cost. */
import { mayUse, NameSchema, notFound, SequenceQuery, seesAll } from '@bullion/service';
import { z } from 'zod';
import { entryOf } from '../desk.ts';
import { bond, escrow, FEE, free, INSURANCE, LedgerCheck, PROMISED, SUBSIDY } from '../ledger/index.ts';
import { strikesOf } from '../market/allies.ts';
import { heldOf } from '../market/config.ts';
import { forwardCurve, nextSlot } from '../market/index.ts';
import { depositPpm, requireWindow } from '../market/orders.ts';
import { Amount, actor, Money, type Parts, Party, routesOf, slotFrom, Time } from './route.ts';

const Account = z
  .object({
    party: z.string(),
    free: Money,
    escrow: Money,
    bond: Money,
    strikes: z.number(),
    since: z.string(),
  })
  .meta({ id: 'Account' });
const Funds = z
  .object({
    fee: Money.describe('What the market has earned and not given to the insurance'),
    insurance: Money.describe('What pays where an owner that failed cannot'),
    subsidy: Money.describe('What newcomers can still be helped with'),
    promised: Money.describe('Subsidies of leases that have not run yet'),
  })
  .meta({ id: 'Funds' });
const Entry = z
  .object({
    ...{ sequence: z.number(), at: z.number(), key: z.string(), memo: z.string(), hash: z.string() },
    lines: z.array(z.object({ account: z.string(), amount: Money })),
  })
  .meta({ id: 'LedgerEntry' });
const Price = z
  .object({
    ...{
      class: z.string(),
      attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    },
    ...{ index: Money.nullable().describe('Of a node and slot: the median of a day'), held: z.number() },
    forward: z.array(z.object({ day: z.number(), price: Money, volume: z.number() })),
  })
  .meta({ id: 'Price' });
const PAGE = 5000;

export function addMoneyRoutes(parts: Parts): void {
  const { desk, db } = parts.context;
  const { reads, lists } = routesOf(parts);
  reads(
    'GET /accounts/:party',
    { summary: 'Show what a party has', params: z.object({ party: NameSchema }), answer: Account },
    async ({ params: { party }, principal }) => {
      const { state } = desk.market;
      if (!mayUse(principal, party)) throw notFound('account', party, 'You see your own.');
      const of = (account: string) => String(state.ledger.balance(account));
      const known = state.parties.get(party);
      return {
        ...{ party, free: of(free(party)), escrow: of(escrow(party)), bond: of(bond(party)) },
        ...{ strikes: known?.strikes ?? 1, since: new Date(known?.since ?? state.now).toISOString() },
      };
    },
  );
  reads('GET /funds', { summary: "Show what the market's own funds hold", answer: Funds }, async () => {
    const of = (account: string) => String(desk.market.state.ledger.balance(account));
    return { fee: of(FEE), insurance: of(INSURANCE), subsidy: of(SUBSIDY), promised: of(PROMISED) };
  });
  const page = async (after: number, limit: number) =>
    (
      await db
        .selectFrom('entries')
        .selectAll()
        .where('sequence', '>', after)
        .orderBy('sequence')
        .limit(limit)
        .execute()
    ).map(entryOf);
  lists(
    'GET /ledger/entries',
    {
      summary: 'List ledger entries, oldest first: an auditor sees all, a party its own',
      query: SequenceQuery,
      items: Entry,
    },
    async ({ query, principal }) => {
      const mine = new Set(principal.projects.flatMap((party) => [free(party), escrow(party), bond(party)]));
      const found: z.input<typeof Entry>[] = [];
      for (let after = query.after; found.length < query.limit; ) {
        const entries = await page(after, PAGE);
        for (const { lines, ...entry } of entries) {
          const shown = lines.filter(({ account }) => seesAll(principal) || mine.has(account));
          const asText = shown.map(({ account, amount }) => ({ account, amount: String(amount) }));
          if (shown.length > 0 && found.length < query.limit) found.push({ ...entry, lines: asText });
        }
        if (entries.length < PAGE) break;
        after = entries.at(-1)!.sequence;
      }
      return found;
    },
    ({ sequence }) => sequence,
  );
  reads(
    'GET /ledger/verify',
    {
      summary: 'Follow the chain of the ledger; anyone may',
      answer: z.object({ entries: z.number(), head: z.string(), fault: z.string().nullable() }),
    },
    async () => {
      const check = new LedgerCheck();
      for (let after = 0; ; ) {
        const entries = await page(after, PAGE);
        for (const entry of entries) check.add(entry);
        if (entries.length < PAGE) return check.verdict();
        after = entries.at(-1)!.sequence;
      }
    },
  );
  lists(
    'GET /prices',
    { summary: 'List classes, their index and forward curve', items: Price },
    async ({ query: { after, limit } }) => {
      const { state } = desk.market;
      const names = [...state.classes.keys()].sort().filter((name) => name > after);
      return names.slice(0, limit).map((name) => {
        const prices = state.prices.get(name) ?? { index: null, usual: null, trades: [], held: 0 };
        const index = prices.index === null ? null : String(prices.index);
        return {
          class: name,
          attributes: { ...state.classes.get(name)! },
          index,
          held: prices.held,
          forward: forwardCurve(state, prices),
        };
      });
    },
    ({ class: name }) => name,
  );
  const Order = z.object({
    nodes: z.coerce.number().int().min(1).max(100_000),
    slots: z.coerce.number().int().min(1).max(10_000),
    limit: Amount,
    earliest: Time.optional(),
    party: Party,
  });
  reads(
    'GET /quotes',
    {
      summary: 'What a bid would need: its deposit, and at most what it costs. It tells nothing of the book',
      query: Order,
      answer: z.object({ deposit: Money, most: Money }),
    },
    async ({ query: { nodes, slots, limit, earliest, party }, principal }) => {
      const { state } = desk.market;
      const whole = BigInt(limit) * BigInt(nodes) * BigInt(slots);
      const start = earliest === undefined ? nextSlot(state) : slotFrom(state, earliest);
      requireWindow(state, { earliest: start, latest: start, slots });
      const buyer = party === undefined ? principal.project : actor(principal, party);
      const strikes = buyer === null ? 1 : strikesOf(state, buyer);
      return { deposit: String(heldOf(whole, depositPpm(state, start, strikes))), most: String(whole) };
    },
  );
}
