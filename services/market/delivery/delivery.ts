/**
 * Delivery: leases of counts become leases of nodes. When a part of a lease starts, so many of its owner's nodes are
 * chosen and leased to the tenant at the isolation service; when it ends, was recalled or released, they are taken
 * back. What should be follows from the market's state, what is from the table: a kill in between loses nothing.
 */
import { ok } from '@bullion/sdk';
import { BullionError, messageOf, uuidv7 } from '@bullion/service';
import type { Context } from '../context.ts';
import { isOpen, type Part, type State, slotOf } from '../market/index.ts';
import type { DeliveryTable } from '../store/schema.ts';

type Delivery = DeliveryTable;
const leaseAt = (lease: string) => ({ params: { path: { lease } } });

/** One round: everything that is not yet as it should be is brought a step nearer. True where something is left to do. */
export async function deliverOnce(context: Context): Promise<boolean> {
  const { db, desk } = context;
  const { state } = desk.market;
  let rows = await db.selectFrom('deliveries').selectAll().where('state', '<>', 'closed').execute();
  for (const part of dueParts(state)) {
    const has = rows.filter((row) => row.part === part.id).length;
    for (let n = has; n < part.nodes; n++) {
      const row = choose(state, part, rows);
      if (!row) break; // Its node is still on its way back from the tenant before; the next round looks again.
      await db.insertInto('deliveries').values(row).execute();
      rows = [...rows, row];
    }
  }
  for (const row of rows) await attend(context, row);
  const left = rows.filter((row) => row.state !== 'open');
  return left.length > 0;
}

/** Parts that run now: from their first slot to their last. */
function dueParts(state: State): Part[] {
  const slot = slotOf(state);
  return [...state.parts.values()].filter(
    (part) => isRunning(state, part) && part.start <= slot && state.asks.get(part.ask)?.parent === null,
  );
}

const isRunning = (state: State, part: Part): boolean =>
  isOpen(part) && part.end > slotOf(state) && state.leases.get(part.lease)?.state === 'active';

/** Late binding: any free node of the owner's of that class will do. The same tenant keeps the nodes that it has. */
function choose(state: State, part: Part, rows: readonly Delivery[]): Delivery | undefined {
  const lease = state.leases.get(part.lease)!;
  const taken = new Set(rows.map(({ node }) => node));
  const free = [...state.nodes]
    .filter(([name, node]) => node.owner === part.owner && node.class === lease.class && !taken.has(name))
    .map(([name]) => name)
    .sort();
  const [node] = free;
  if (node === undefined) return undefined;
  const ends_at = part.end * state.config.slotMs;
  const who = { part: part.id, node, owner: part.owner, tenant: lease.buyer };
  return { id: uuidv7(), ...who, state: 'wanted', lease: null, ends_at, error: null };
}

/** What hinders one node hinders no other. */
async function attend(context: Context, row: Delivery): Promise<void> {
  const { state } = context.desk.market;
  const part = state.parts.get(row.part);
  const over = !part || !isRunning(state, part);
  try {
    if (over && row.state === 'wanted' && row.lease === null) await note(context, row, { state: 'closing' });
    else if (over && row.state !== 'closing') await takeBack(context, row);
    else if (row.state === 'closing') await lookForEnd(context, row);
    else if (row.state === 'wanted') await give(context, row);
    else await keepEnd(context, row, part!);
  } catch (error) {
    const text = error instanceof BullionError ? error.message : 'The service failed at it.';
    context.log.warn(
      { node: row.node, part: row.part, error: messageOf(error) },
      'a delivery waits; it is tried again',
    );
    await note(context, row, { error: text });
  }
}

async function note({ db }: Context, row: Delivery, set: Partial<Delivery>): Promise<void> {
  Object.assign(row, set);
  await db.updateTable('deliveries').set(set).where('id', '=', row.id).execute();
}

/** Its id is the request's key: a kill before the answer was written down makes no second lease. */
async function give(context: Context, row: Delivery): Promise<void> {
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

/** The next part of an extended lease is of the same nodes: the row goes over to it. */
async function keepEnd(context: Context, row: Delivery, part: Part): Promise<void> {
  const { state } = context.desk.market;
  const ends_at = part.end * state.config.slotMs;
  if (ends_at <= row.ends_at) return;
  const body = { endsAt: new Date(ends_at).toISOString() };
  await ok(
    context.isolation.isolation.PATCH('/isolation/v1/leases/{lease}', { ...leaseAt(row.lease!), body }),
  );
  await note(context, row, { ends_at, error: null });
}

async function takeBack(context: Context, row: Delivery): Promise<void> {
  const next = followUp(context.desk.market.state, row);
  if (next) return await note(context, row, { part: next.id });
  await ok(
    context.isolation.isolation.POST('/isolation/v1/leases/{lease}/recall', leaseAt(row.lease!)),
  ).catch((error) => {
    // Its own end came first.
    if (!(error instanceof BullionError && error.code === 'lease_ended')) throw error;
  });
  await note(context, row, { state: 'closing', error: null });
}

/** The part of the same lease and owner that begins where this one ended. */
function followUp(state: State, row: Delivery): Part | undefined {
  const before = state.parts.get(row.part);
  const lease = before && state.leases.get(before.lease);
  return lease?.parts
    .map((id) => state.parts.get(id)!)
    .find((part) => part.owner === row.owner && part.start === before!.end && isRunning(state, part));
}

/** Back with its owner: the isolation service has closed its ports, had it wiped, and freed it. */
async function lookForEnd(context: Context, row: Delivery): Promise<void> {
  if (row.lease === null) return await note(context, row, { state: 'closed' });
  const { isolation } = context.isolation;
  const lease = await ok(isolation.GET('/isolation/v1/leases/{lease}', leaseAt(row.lease)));
  const node = await ok(
    isolation.GET('/isolation/v1/nodes/{node}', { params: { path: { node: row.node } } }),
  );
  if (lease.state !== 'ended' || node.state === 'releasing' || node.project === row.tenant) return;
  await note(context, row, { state: 'closed', error: null });
}
