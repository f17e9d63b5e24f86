/** Asks and bids. The book is sealed: a party sees its own orders, and nobody those of others, not the operator either. */
import { NameSchema, notFound, PageQuery, projectsSeen, uuidv7 } from '@bullion/service';
import { z } from 'zod';
import {
  type AskOrder,
  type BidOrder,
  freeNodes,
  nextSlot,
  type State,
  tierOf,
  timeOf,
} from '../market/index.ts';
import {
  Amount,
  act,
  actor,
  Count,
  Id,
  Money,
  type Parts,
  Party,
  pageOf,
  routesOf,
  slotFrom,
  slotUntil,
  Time,
} from './route.ts';

const Class = z
  .string()
  .regex(/^c-[0-9a-f]{16}$/, 'must be a class, such as c-0123456789abcdef')
  .describe('See GET /classes');
const Tier = z.number().int().min(0).max(9).describe('Of security: 0 open, 1 attested, 2 encrypted');
const Slots = z.number().int().min(0).max(10_000);

const NewAsk = z.object({
  id: Id.optional(),
  party: Party,
  class: Class,
  nodes: Count,
  start: Time.optional().describe('Now, where it is left out'),
  end: Time,
  reserve: Amount.describe('What you must receive for a node and slot, after the fee'),
  noticeSlots: Slots.nullable()
    .default(null)
    .describe('Null: firm. Else you may recall nodes, with so many slots of notice'),
  minLease: Slots.min(1).default(1).describe('In slots'),
  allow: z.array(NameSchema).max(1000).nullable().default(null).describe('Whom you let to; null is anyone'),
  maxPerBuyer: Count.nullable().default(null),
  tier: Tier.optional().describe('That of the class, where it is left out; not above it'),
});
const Ask = z
  .object({
    ...{
      id: z.string(),
      owner: z.string(),
      class: z.string(),
      nodes: z.number(),
      start: z.string(),
      end: z.string(),
    },
    ...{ reserve: Money, noticeSlots: z.number().nullable(), bond: Money, withdrawn: z.boolean() },
    idle: z.number().describe('Nodes that nobody has let for any of its time that is left'),
    ...{ minLease: z.number(), allow: z.array(z.string()).nullable(), maxPerBuyer: z.number().nullable() },
    ...{ tier: z.number(), placedAt: z.string() },
    ...{ parent: z.string().nullable().describe('The lease whose nodes are sub-let') },
  })
  .meta({ id: 'Ask' });

const NewBid = z.object({
  id: Id.optional(),
  party: Party,
  classes: z.array(Class).min(1).max(50).describe('All nodes are of one of them'),
  nodes: Count,
  slots: z.number().int().min(1).max(10_000).describe('How long'),
  earliest: Time.optional().describe('The first start that will do; now, where it is left out'),
  latest: Time.optional().describe('The last; the first, where it is left out'),
  limit: Amount.describe('What a node and slot is worth to you, fee included; you never pay more'),
  minNoticeSlots: Slots.nullable()
    .default(null)
    .describe('Null: firm nodes only. Else recallable ones, with at least so many slots of notice'),
  sameOwner: z.boolean().default(false),
  tier: Tier.default(0),
  nonce: z
    .string()
    .min(8)
    .max(100)
    .regex(/^[\x21-\x7e]+$/)
    .optional()
    .describe('Your secret until the batch is disclosed'),
  expires: Time.optional().describe('A day from now, where it is left out'),
});
const Bid = z
  .object({
    ...{
      id: z.string(),
      buyer: z.string(),
      classes: z.array(z.string()),
      nodes: z.number(),
      slots: z.number(),
    },
    ...{ earliest: z.string(), latest: z.string(), limit: Money, hold: Money, expires: z.string() },
    claimSlots: z
      .number()
      .nullable()
      .describe(
        'Won as a reservation, it must be claimed within so many slots of its start; null: it starts too soon',
      ),
    ...{ waited: z.number().describe('Clearings that it has waited for'), nonce: z.string() },
    ...{
      minNoticeSlots: z.number().nullable(),
      sameOwner: z.boolean(),
      tier: z.number(),
      placedAt: z.string(),
    },
  })
  .meta({ id: 'Bid' });
const ofOrder = z.object({ id: Id });

export function addOrderRoutes(parts: Parts): void {
  const { context } = parts;
  const { desk } = context;
  const { reads, lists, writes } = routesOf(parts);
  writes(
    'POST /asks',
    { summary: 'Offer nodes', body: NewAsk, answer: Ask },
    ({ body, principal, commit }) => {
      const { state } = desk.market;
      const { party, noticeSlots, start, end, id = uuidv7(), ...rest } = body;
      const owner = actor(principal, party);
      const window = {
        start: start === undefined ? nextSlot(state) : slotFrom(state, start),
        end: slotUntil(state, end),
      };
      const { tier = tierOf(state.classes.get(body.class)) } = body;
      const ask = { ...rest, ...window, id, owner, tier, notice: noticeSlots, reserve: BigInt(body.reserve) };
      return act(context, commit, { do: 'ask', ask }, (now) => askView(now, now.asks.get(id)!));
    },
  );
  writes(
    'POST /bids',
    { summary: 'Bid for nodes', body: NewBid, answer: Bid },
    ({ body, principal, commit }) => {
      const { state } = desk.market;
      const { party, minNoticeSlots, id = uuidv7(), nonce = uuidv7(), expires, ...rest } = body;
      const buyer = actor(principal, party);
      const earliest = body.earliest === undefined ? nextSlot(state) : slotFrom(state, body.earliest);
      // Without a window: the next slot, or the one after it where a clearing comes late.
      const latest =
        body.latest === undefined
          ? earliest + (body.earliest === undefined ? 1 : 0)
          : slotUntil(state, body.latest);
      const limit = BigInt(body.limit);
      const until = expires ?? desk.clock() + 86_400_000;
      const bid = {
        ...rest,
        id,
        nonce,
        buyer,
        earliest,
        latest,
        limit,
        minNotice: minNoticeSlots,
        expires: until,
      };
      return act(context, commit, { do: 'bid', bid }, (now) => bidView(now, now.bids.get(id)!));
    },
  );
  for (const [noun, table, view] of [
    ['asks', 'asks', (state: State, one: never) => askView(state, one)],
    ['bids', 'bids', (state: State, one: never) => bidView(state, one)],
  ] as const) {
    const items = (noun === 'asks' ? Ask : Bid) as z.ZodType<{ id: string }, { id: string }>;
    const mine = (projects: readonly string[] | undefined) =>
      [...(desk.market.state[table].values() as Iterable<AskOrder | BidOrder>)].filter((one) =>
        // Whoever is no member has no orders.
        projects?.includes('owner' in one ? one.owner : one.buyer),
      );
    lists(
      `GET /${noun}`,
      { summary: `List your own ${noun}`, query: PageQuery, items },
      async ({ query, principal }) =>
        pageOf(mine(projectsSeen(principal)), query).map((one) => view(desk.market.state, one as never)),
      ({ id }) => id,
    );
    reads(
      `GET /${noun}/:id`,
      { summary: `Show one of your ${noun}`, params: ofOrder, answer: items },
      async ({ params, principal }) => {
        const found = mine(projectsSeen(principal)).find(({ id }) => id === params.id);
        if (!found)
          throw notFound(noun.slice(0, -1), params.id, 'See your own with `bullion market orders`.');
        return view(desk.market.state, found as never);
      },
    );
  }
  const asOwner = z.object({ id: Id });
  const Withdrawn = z.object({ party: Party });
  writes(
    'POST /asks/:id/withdraw',
    { summary: 'Offer no more of it; what is let runs on', params: asOwner, body: Withdrawn },
    async ({ params, body, principal, commit }) => {
      const by = actor(principal, body.party);
      await act(context, commit, { do: 'withdraw', ask: params.id, by }, () => ({}));
    },
  );
  writes(
    'POST /bids/:id/cancel',
    { summary: 'Take a bid back, before it has won', params: asOwner, body: Withdrawn },
    async ({ params, body, principal, commit }) => {
      const by = actor(principal, body.party);
      await act(context, commit, { do: 'cancel', bid: params.id, by }, () => ({}));
    },
  );
}

const askView = (state: State, ask: AskOrder) => {
  const { id, owner, class: name, nodes, withdrawn, parent, minLease, allow, maxPerBuyer, tier } = ask;
  const from = Math.max(ask.start, nextSlot(state));
  return {
    ...{ id, owner, class: name, nodes, withdrawn, parent, minLease, maxPerBuyer, tier },
    ...{ start: timeOf(state, ask.start), end: timeOf(state, ask.end), noticeSlots: ask.notice },
    ...{ reserve: String(ask.reserve), bond: String(ask.bond), allow: allow && [...allow] },
    placedAt: new Date(ask.placedAt).toISOString(),
    idle: withdrawn || from >= ask.end ? 0 : freeNodes(state, ask, from, ask.end),
  };
};

const bidView = (state: State, bid: BidOrder) => {
  const { id, buyer, classes, nodes, slots, waited, nonce, minNotice, sameOwner, tier } = bid;
  return {
    ...{ id, buyer, classes: [...classes], nodes, slots, waited, nonce, sameOwner, tier },
    ...{ earliest: timeOf(state, bid.earliest), latest: timeOf(state, bid.latest) },
    ...{ limit: String(bid.limit), hold: String(bid.hold), minNoticeSlots: minNotice },
    claimSlots: bid.latest - nextSlot(state) >= state.config.spotSlots ? state.config.graceSlots : null,
    ...{
      expires: new Date(bid.expires).toISOString(),
      placedAt: new Date(bid.placedAt).toISOString(),
    },
  };
};
