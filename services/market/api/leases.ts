/** Leases: seen by their tenant and by the owners of their nodes. */
import { notFound, PageQuery, projectsSeen, uuidv7 } from '@bullion/service';
import { z } from 'zod';
import { GIVEN_BACK } from '../delivery/giving.ts';
import { type Lease, partsOf, type State } from '../market/index.ts';
import type { DeliveryTable } from '../store/schema.ts';
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
  slotUntil,
  Time,
  timeOf,
} from './route.ts';

const Part = z.object({
  ...{
    id: z.string(),
    owner: z.string(),
    nodes: z.number(),
    start: z.string(),
    end: z.string(),
    price: Money,
  },
  ...{
    recalled: z.boolean(),
    machines: z.array(z.string()).describe('The nodes themselves, as long as the tenant has them'),
    waiting: z
      .array(z.object({ node: z.string(), why: z.string() }))
      .describe('Nodes that are chosen, or on their way back, and why the tenant has them not'),
  },
});
const LeaseView = z
  .object({
    ...{
      id: z.string(),
      buyer: z.string(),
      class: z.string(),
      nodes: z.number(),
      start: z.string(),
      end: z.string(),
    },
    ...{ price: Money.describe('Per node and slot'), state: z.enum(['reserved', 'active', 'ended']) },
    ...{ held: Money, claimed: z.boolean(), why: z.string().nullable(), parts: z.array(Part) },
  })
  .meta({ id: 'MarketLease' });
const ofLease = z.object({ id: Id });
const By = z.object({ party: Party });

export function addLeaseRoutes(parts: Parts): void {
  const { context } = parts;
  const { desk, db } = context;
  const { reads, lists, writes } = routesOf(parts);

  async function viewed(state: State, leases: readonly Lease[]) {
    const rows = await db
      .selectFrom('deliveries')
      .select(['part', 'node', 'state', 'error'])
      .where('state', '<>', 'closed')
      .execute();
    const nodes = Map.groupBy(rows, ({ part }) => part);
    return leases.map((lease) => viewOf(state, lease, (part) => nodes.get(part) ?? []));
  }
  const seen = (projects: readonly string[] | undefined) => {
    const { state } = desk.market;
    const isSeen = (lease: Lease) =>
      projects === undefined ||
      projects.includes(lease.buyer) ||
      partsOf(state, lease).some(({ owner }) => projects.includes(owner));
    return [...state.leases.values()].filter(isSeen);
  };

  lists(
    'GET /leases',
    {
      summary: 'List leases: those that you have, and those of your nodes',
      query: PageQuery,
      items: LeaseView,
    },
    ({ query, principal }) => viewed(desk.market.state, pageOf(seen(projectsSeen(principal)), query)),
    ({ id }) => id,
  );
  reads(
    'GET /leases/:id',
    { summary: 'Show a lease', params: ofLease, answer: LeaseView },
    async ({ params, principal }) => {
      const found = seen(projectsSeen(principal)).find(({ id }) => id === params.id);
      if (!found) throw notFound('lease', params.id, 'See your own with `bullion market leases`.');
      return (await viewed(desk.market.state, [found]))[0]!;
    },
  );
  const show = (id: string) => (state: State) => viewOf(state, state.leases.get(id)!, () => []);
  writes(
    'POST /leases/:id/claim',
    {
      summary: 'Say that you use a reservation: one that nobody claims is let to others',
      params: ofLease,
      body: By,
      answer: LeaseView,
    },
    ({ params: { id }, body, principal, commit }) =>
      act(context, commit, { do: 'claim', lease: id, by: actor(principal, body.party) }, show(id)),
  );
  writes(
    'POST /leases/:id/extend',
    {
      summary: 'Keep the same nodes for longer',
      params: ofLease,
      body: By.extend({ slots: Count, limit: Amount }),
      answer: LeaseView,
    },
    ({ params: { id }, body, principal, commit }) =>
      act(
        context,
        commit,
        {
          do: 'extend',
          lease: id,
          by: actor(principal, body.party),
          slots: body.slots,
          limit: BigInt(body.limit),
        },
        show(id),
      ),
  );
  writes(
    'POST /leases/:id/release',
    { summary: 'Leave early', params: ofLease, body: By, answer: LeaseView },
    ({ params: { id }, body, principal, commit }) =>
      act(context, commit, { do: 'release', lease: id, by: actor(principal, body.party) }, show(id)),
  );
  const Sublet = By.extend({ ask: Id.optional(), nodes: Count, end: Time, reserve: Amount });
  writes(
    'POST /leases/:id/sublease',
    {
      summary: 'Offer nodes of a lease to others',
      params: ofLease,
      body: Sublet,
      answer: z.object({ ask: z.string() }),
    },
    ({ params: { id }, body, principal, commit }) => {
      const { party, ask = uuidv7(), nodes, end, reserve } = body;
      const until = slotUntil(desk.market.state, end);
      const command = {
        do: 'sublease',
        lease: id,
        by: actor(principal, party),
        ask,
        nodes,
        end: until,
        reserve: BigInt(reserve),
      } as const;
      return act(context, commit, command, () => ({ ask }));
    },
  );
  const Recall = By.extend({ class: z.string().max(50), nodes: Count });
  writes(
    'POST /recalls',
    { summary: 'Want nodes of yours back: idle ones, then recallable ones after their notice', body: Recall },
    async ({ body, principal, commit }) => {
      const by = actor(principal, body.party);
      await act(
        context,
        commit,
        { do: 'recall', key: uuidv7(), by, class: body.class, nodes: body.nodes },
        () => ({}),
      );
    },
  );
  writes(
    'POST /parts/:part/failure',
    {
      summary: 'Say that an owner does not deliver: its tenant is moved or compensated',
      operatorOnly: 'say that an owner does not deliver',
      params: z.object({ part: z.string().max(80) }),
    },
    async ({ params, commit }) =>
      void (await act(context, commit, { do: 'fail', part: params.part }, () => ({}))),
  );
}

type Delivered = Pick<DeliveryTable, 'node' | 'state' | 'error'>;

const isThere = ({ state, error }: Delivered) => state === 'open' && error !== GIVEN_BACK;
const WHY = { wanted: 'It is being prepared.', closing: 'It is on its way back.', open: '', closed: '' };

function nodesOf(delivered: readonly Delivered[]) {
  const waiting = delivered.filter((one) => !isThere(one));
  return {
    machines: delivered.filter(isThere).map(({ node }) => node),
    waiting: waiting.map(({ node, state, error }) => ({ node, why: error ?? WHY[state] })),
  };
}

function viewOf(state: State, lease: Lease, deliveredTo: (part: string) => Delivered[]) {
  const { id, buyer, class: name, nodes, start, end, price, held, claimed, why } = lease;
  return {
    ...{
      id,
      buyer,
      class: name,
      nodes,
      start: timeOf(state, start),
      end: timeOf(state, end),
      price: String(price),
    },
    ...{ state: lease.state, held: String(held), claimed, why },
    parts: partsOf(state, lease).map((part) => ({
      ...{ id: part.id, owner: part.owner, nodes: part.nodes, start: timeOf(state, part.start) },
      ...{
        end: timeOf(state, part.end),
        price: String(part.price),
        recalled: part.recalled,
        ...nodesOf(deliveredTo(part.id)),
      },
    })),
  };
}
