/** What the operator of the market does. */
import { ok } from '@bullion/sdk';
import { invalid, mayUse, NameSchema, uuidv7 } from '@bullion/service';
import { z } from 'zod';
import { FEE, free, INSURANCE, RESERVED_PARTIES, SUBSIDY } from '../ledger/index.ts';
import { largestOffers } from '../market/concentration.ts';
import { classOf, slotOf } from '../market/index.ts';
import { Amount, act, type Parts, pageOf, routesOf } from './route.ts';

/** Names without anything that JSON or our own encoding could take for something else. */
const AttributeName = z.string().regex(/^[a-z][a-z0-9_.-]{0,39}$/);
const Attributes = z
  .record(AttributeName, z.union([z.string().max(200), z.number().int().min(0).max(1e12), z.boolean()]))
  .refine(
    (all) => Object.keys(all).length >= 1 && Object.keys(all).length <= 40,
    'must have 1 to 40 attributes',
  )
  .refine(
    ({ tier }) => tier === undefined || (typeof tier === 'number' && tier <= 9),
    'must have as "tier" a number, 0 to 9: 0 open, 1 attested, 2 encrypted',
  );
const Node = z.object({ id: z.string(), owner: z.string(), class: z.string() }).meta({ id: 'MarketNode' });
const FUNDS = { fee: FEE, insurance: INSURANCE, subsidy: SUBSIDY };

export function addGovernanceRoutes(parts: Parts): void {
  const { context } = parts;
  const { desk } = context;
  const { reads, lists, writes } = routesOf(parts);
  const NewNode = z.object({ owner: NameSchema, attributes: Attributes });
  const ofNode = z.object({ node: NameSchema });
  writes(
    'PUT /nodes/:node',
    {
      summary: 'Enroll a node: attest what it is, and whose',
      operatorOnly: 'attest what nodes are',
      params: ofNode,
      body: NewNode,
      answer: z.object({ class: z.string() }),
    },
    async ({ params, body, commit }) => {
      await requireOwner(parts, params.node, body.owner);
      return await act(context, commit, { do: 'enroll', node: params.node, ...body }, () => ({
        class: classOf(body.attributes),
      }));
    },
  );
  writes(
    'DELETE /nodes/:node',
    {
      summary: 'Take a node out of the market',
      operatorOnly: 'take nodes out of the market',
      params: ofNode,
    },
    async ({ params, commit }) =>
      void (await act(context, commit, { do: 'disenroll', node: params.node }, () => ({}))),
  );
  lists(
    'GET /nodes',
    { summary: 'List enrolled nodes that you own', items: Node },
    async ({ query, principal }) => {
      const nodes = [...desk.market.state.nodes].map(([id, node]) => ({ id, ...node }));
      return pageOf(
        nodes.filter(({ owner }) => mayUse(principal, owner)),
        query,
      );
    },
    ({ id }) => id,
  );
  const Credits = z
    .object({
      party: NameSchema.optional(),
      fund: z.enum(['fee', 'insurance', 'subsidy']).optional(),
      amount: Amount,
      take: z.boolean().default(false).describe('Take them back, of what is free'),
    })
    .refine(({ party, fund }) => (party === undefined) !== (fund === undefined), 'name a party or a fund');
  writes(
    'POST /credits',
    {
      summary: 'Make credits, or take back what was made by mistake',
      operatorOnly: 'make credits',
      body: Credits,
      answer: z.object({ balance: z.string() }),
    },
    ({ body: { party, fund, amount, take }, commit }) => {
      if (party !== undefined && RESERVED_PARTIES.has(party))
        throw invalid(
          'party_reserved',
          `"${party}" is not the name of a party.`,
          'Name a project, or a fund.',
        );
      const account = fund ? FUNDS[fund] : free(party!);
      return act(
        context,
        commit,
        { do: 'mint', key: uuidv7(), account, amount: take ? -BigInt(amount) : BigInt(amount) },
        (state) => ({
          balance: String(state.ledger.balance(account)),
        }),
      );
    },
  );
  writes(
    'PUT /parties/:party',
    {
      summary: 'Say who stands behind a party: what is given once is given once to each',
      operatorOnly: 'say who stands behind a party',
      params: z.object({ party: NameSchema }),
      body: z.object({ legal: NameSchema }),
    },
    async ({ params, body, commit }) =>
      void (await act(context, commit, { do: 'register', ...params, ...body }, () => ({}))),
  );
  writes(
    'POST /parties/:party/adopt',
    {
      summary: 'Hand an account over to the project that has its name now',
      operatorOnly: 'hand accounts over',
      params: z.object({ party: NameSchema }),
    },
    async ({ params, commit }) => void (await act(context, commit, { do: 'adopt', ...params }, () => ({}))),
  );
  writes(
    'PUT /halt',
    {
      summary: 'Stop new orders and clearings, or go on; leases run on either way',
      operatorOnly: 'halt the market',
      body: z.object({ halted: z.boolean() }),
    },
    async ({ body, commit }) => void (await act(context, commit, { do: 'halt', ...body }, () => ({}))),
  );
  const Who = z.object({
    id: z.string(),
    role: z.string(),
    projects: z.array(z.string()),
    project: z.string().nullable(),
  });
  reads('GET /whoami', { summary: 'Who this token is', answer: Who }, ({ principal }) => principal);
  const Health = z
    .object({
      ...{
        halted: z.boolean(),
        sequence: z.number(),
        ledger: z.string(),
        slotMs: z.number(),
        slot: z.number(),
      },
      ...{ auctions: z.number(), leases: z.number(), undelivered: z.number() },
      concentrated: z
        .array(z.object({ class: z.string(), ppm: z.number() }))
        .describe('Classes of whose firm supply one legal owner has more than the rules would have it'),
    })
    .meta({ id: 'MarketHealth' });
  reads('GET /health', { summary: 'How the market is', answer: Health }, async () => {
    const { state } = desk.market;
    const failing = await context.db
      .selectFrom('deliveries')
      .select('id')
      .where('error', 'is not', null)
      .where('state', '<>', 'closed')
      .execute();
    return {
      ...{
        halted: state.halted,
        sequence: state.sequence,
        ledger: state.ledger.head,
        slotMs: state.config.slotMs,
      },
      ...{ slot: Math.floor(desk.clock() / state.config.slotMs), auctions: state.batches },
      ...{
        leases: [...state.leases.values()].filter((lease) => lease.state === 'active').length,
        undelivered: failing.length,
      },
      concentrated: largestOffers(state, slotOf(state))
        .filter(({ class: name }) => state.alarms.has(name))
        .map(({ class: name, ppm }) => ({ class: name, ppm })),
    };
  });
}

/** The isolation service knows whose a node is. */
async function requireOwner({ context }: Parts, node: string, owner: string): Promise<void> {
  const found = await ok(
    context.isolation.isolation.GET('/isolation/v1/nodes/{node}', { params: { path: { node } } }),
  );
  if ((found as { owner?: string | null }).owner === owner) return;
  throw invalid(
    'node_not_owned',
    `"${owner}" does not own node "${node}".`,
    'Set its owner first: `bullion node set NODE --owner PROJECT`.',
  );
}
