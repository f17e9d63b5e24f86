/** Leases of nodes: made by the owner, given back by the tenant. */
import { type AlarmClock, camelCased, NameSchema, PageQuery } from '@bullion/service';
import { z } from 'zod';
import { type Parts, routesOf } from '../api/route.ts';
import type { Change } from '../context.ts';
import type { LeaseTable } from '../store/schema.ts';
import { createLease, endEarly, extendLease, listLeases, recallLease, requireLease } from './leases.ts';

const Time = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());
const Lease = z
  .object({
    id: z.string(),
    node: z.string(),
    owner: z.string().nullable().describe('null is the data centre'),
    project: z.string().describe('The tenant'),
    startsAt: z.string(),
    endsAt: z.string(),
    noticeSeconds: z.number().int(),
    recalledAt: z.string().nullable(),
    state: z.enum(['scheduled', 'active', 'ended']),
    cause: z.string().nullable().describe('Why what is due has not happened yet'),
    endedAt: z.string().nullable(),
  })
  .meta({ id: 'Lease' });

const Notice = z.number().int().min(0).max(31_536_000);
const NewLease = z.object({
  node: NameSchema,
  project: NameSchema.describe('The tenant'),
  startsAt: Time.optional().describe('Now, where it is left out'),
  endsAt: Time,
  noticeSeconds: Notice.default(0).describe(
    'How long before its end the tenant is told; what a recall leaves it',
  ),
});
export type LeaseRequest = z.output<typeof NewLease>;

const ofLease = z.object({ lease: z.uuid() });
const Filter = PageQuery.extend({ node: NameSchema.optional(), open: z.stringbool().optional() });
export type LeaseFilter = z.output<typeof Filter>;

export function addLeaseRoutes(parts: Parts, leaseClock: AlarmClock): void {
  const { context } = parts;
  const { reads, lists, writes } = routesOf(parts);
  /** The clock looks at the lease as soon as it is committed. */
  const look = (work: (change: Change) => Promise<LeaseTable>) => async (change: Change) => {
    change.after(() => leaseClock.wake());
    return camelCased(await work(change));
  };
  const summary = 'Lease a node to a project for a time';
  writes('POST /leases', { summary, body: NewLease, answer: Lease }, ({ body, commit }) =>
    commit(look((change) => createLease(context, change, body))),
  );
  lists(
    'GET /leases',
    { summary: 'List leases: those that you gave and those that you have', query: Filter, items: Lease },
    async ({ query, principal }) => (await listLeases(context.db, principal, query)).map(camelCased),
    ({ id }) => id,
  );
  reads(
    'GET /leases/:lease',
    { summary: 'Show a lease', params: ofLease, answer: Lease },
    async ({ params, principal }) => camelCased(await requireLease(context.db, principal, params.lease)),
  );
  writes(
    'PATCH /leases/:lease',
    { summary: 'Extend a lease', params: ofLease, body: z.object({ endsAt: Time }), answer: Lease },
    ({ params, body, commit }) => commit(look((change) => extendLease(change, params.lease, body.endsAt))),
  );
  writes(
    'POST /leases/:lease/recall',
    { summary: 'Want the node back: the lease ends after its notice', params: ofLease, answer: Lease },
    ({ params, commit }) => commit(look((change) => recallLease(context, change, params.lease))),
  );
  writes(
    'POST /leases/:lease/end',
    { summary: 'Give the node back early', params: ofLease, answer: Lease },
    ({ params, commit }) => commit(look((change) => endEarly(context, change, params.lease))),
  );
}
