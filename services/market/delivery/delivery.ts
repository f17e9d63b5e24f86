/**
 * Delivery: leases of counts become leases of nodes. When a part of a lease starts, so many of its owner's nodes are
 * chosen and leased to the tenant at the isolation service; when it ends, was recalled or released, they are taken
 * back. A node that its tenant sub-lets goes the same way: taken back, wiped, leased to the sub-tenant, and afterwards
 * to whoever it was sub-let by. What should be follows from the market's state, what is from the table: a kill in
 * between loses nothing.
 */
import { ok } from '@bullion/sdk';
import { BullionError, messageOf, uuidv7 } from '@bullion/service';
import type { Context } from '../context.ts';
import type { Part, State } from '../market/index.ts';
import type { DeliveryTable } from '../store/schema.ts';
import { rechain } from './chains.ts';
import { tenancyEnd } from './tenancy.ts';

type Delivery = DeliveryTable;
const leaseAt = (lease: string) => ({ params: { path: { lease } } });

/** One round: everything that is not yet as it should be is brought a step nearer. True where something is left to do. */
export async function deliverOnce(context: Context): Promise<boolean> {
  const { db, desk } = context;
  const { state } = desk.market;
  const rows = await db.selectFrom('deliveries').selectAll().where('state', '<>', 'closed').execute();
  const bound = rows.map((row) => ({
    ...{ row, node: row.node, settled: row.state !== 'wanted' },
    chain: row.chain === '' ? [] : row.chain.split(' '),
  }));
  const lacking = rechain(state, bound);
  for (const { row, chain } of bound) {
    const text = chain.join(' ');
    if (text !== row.chain) await note(context, row, { chain: text });
  }
  for (const { part, lacks } of lacking)
    for (let n = 0; n < lacks; n++) {
      const node = freeNode(state, part, rows);
      if (node === undefined) break; // It is still on its way back from the tenant before; the next round looks again.
      const row: Delivery = { ...wantedBy(state, part), node, owner: part.owner, chain: part.id };
      await db.insertInto('deliveries').values(row).execute();
      rows.push(row);
    }
  for (const row of rows) await attend(context, row);
  return rows.some((row) => row.state !== 'open');
}

/** Late binding: any free node of the owner's of that class will do. */
function freeNode(state: State, part: Part, rows: readonly Delivery[]): string | undefined {
  const { class: name } = state.leases.get(part.lease)!;
  const taken = new Set(rows.filter((row) => row.state !== 'closed').map(({ node }) => node));
  const [free] = [...state.nodes]
    .filter(([id, node]) => node.owner === part.owner && node.class === name && !taken.has(id))
    .map(([id]) => id)
    .sort();
  return free;
}

/** A lease at the isolation service that is still to be made. */
function wantedBy(state: State, part: Part) {
  const ends_at = tenancyEnd(state, part) * state.config.slotMs;
  const tenant = state.leases.get(part.lease)!.buyer;
  return { id: uuidv7(), part: part.id, tenant, ends_at, state: 'wanted', lease: null, error: null } as const;
}

/** What hinders one node hinders no other. */
async function attend(context: Context, row: Delivery): Promise<void> {
  try {
    await bringNearer(context, row);
  } catch (error) {
    const text = error instanceof BullionError ? error.message : 'The service failed at it.';
    context.log.warn(
      { node: row.node, part: row.part, error: messageOf(error) },
      'a delivery waits; it is tried again',
    );
    await note(context, row, { error: text });
  }
}

async function bringNearer(context: Context, row: Delivery): Promise<void> {
  const { parts } = context.desk.market.state;
  const target = parts.get(row.chain.split(' ').at(-1)!);
  if (row.state === 'closing') return await lookForEnd(context, row, target);
  const has = parts.get(row.part);
  // The next part of an extended lease has the same nodes.
  const stays = target !== undefined && has?.lease === target.lease;
  if (stays && has !== target) await note(context, row, { part: target.id });
  if (row.state === 'wanted') {
    if (stays) await give(context, row);
    else await note(context, row, { state: 'closing' });
  } else if (stays) await keepEnd(context, row, target);
  else await takeBack(context, row);
}

async function note({ db }: Context, row: Delivery, set: Partial<Delivery>): Promise<void> {
  const { id } = row;
  Object.assign(row, set);
  await db.updateTable('deliveries').set(set).where('id', '=', id).execute();
}

/** Its id is the request's key: a kill before the answer was written down makes no second lease. */
async function give(context: Context, row: Delivery): Promise<void> {
  // An owner that rents its own node of a tenant has it by having it back.
  if (row.tenant === row.owner) return await note(context, row, { state: 'open', error: null });
  const body = { node: row.node, project: row.tenant, endsAt: new Date(row.ends_at).toISOString() };
  const headers = { 'Idempotency-Key': `market-${row.id}` };
  const lease = await ok(
    context.isolation.isolation.POST('/isolation/v1/leases', {
      body: { ...body, noticeSeconds: 0 },
      headers,
    } as never),
  );
  await note(context, row, { state: 'open', lease: (lease as { id: string }).id, error: null });
}

/** An extension moves the end at once: at the boundary itself the isolation service would be faster. */
async function keepEnd(context: Context, row: Delivery, part: Part): Promise<void> {
  const { state } = context.desk.market;
  const ends_at = tenancyEnd(state, part) * state.config.slotMs;
  if (ends_at <= row.ends_at) return;
  if (row.lease !== null) {
    const body = { endsAt: new Date(ends_at).toISOString() };
    const { isolation } = context.isolation;
    await ok(isolation.PATCH('/isolation/v1/leases/{lease}', { ...leaseAt(row.lease), body }));
  }
  await note(context, row, { ends_at, error: null });
}

async function takeBack(context: Context, row: Delivery): Promise<void> {
  if (row.lease !== null) {
    const { isolation } = context.isolation;
    await ok(isolation.POST('/isolation/v1/leases/{lease}/recall', leaseAt(row.lease))).catch((error) => {
      // Its own end came first.
      if (!(error instanceof BullionError && error.code === 'lease_ended')) throw error;
    });
  }
  await note(context, row, { state: 'closing', error: null });
}

/** Back with its owner: the isolation service has closed its ports, had it wiped, and freed it. Then it is the next one's. */
async function lookForEnd(context: Context, row: Delivery, next: Part | undefined): Promise<void> {
  if (row.lease !== null) {
    const { isolation } = context.isolation;
    const lease = await ok(isolation.GET('/isolation/v1/leases/{lease}', leaseAt(row.lease)));
    const node = await ok(
      isolation.GET('/isolation/v1/nodes/{node}', { params: { path: { node: row.node } } }),
    );
    if (lease.state !== 'ended' || node.state === 'releasing' || node.project === row.tenant) return;
  }
  if (next) await note(context, row, wantedBy(context.desk.market.state, next));
  else await note(context, row, { state: 'closed', error: null });
}
