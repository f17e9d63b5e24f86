/**
 * A node is given to its tenant: leased at the isolation service, and watched there as long as it is to stay. One that
 * cannot be given, for it is gone, another's, in maintenance or leased elsewhere, is replaced by another of its owner's.
 */
import { type IsolationType, ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service';
import type { Context } from '../context.ts';
import { type Part, slotOf } from '../market/index.ts';
import { type Delivery, freeNode, note, type Round, wantedBy } from './round.ts';
import { tenancyEnd } from './tenancy.ts';

type Lease = IsolationType['Lease'];
const leaseAt = (lease: string) => ({ params: { path: { lease } } });
/** Refusals that are of the node, and would be of no other. */
const OF_THE_NODE = new Set(['node_not_found', 'lease_overlaps', 'node_allocated']);
const isGone = (error: unknown) => error instanceof BullionError && error.code === 'node_not_found';

/** Null where it is gone. */
export async function nodeNow({ isolation }: Context, node: string) {
  try {
    return await ok(isolation.isolation.GET('/isolation/v1/nodes/{node}', { params: { path: { node } } }));
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

export async function give(round: Round, row: Delivery, part: Part): Promise<void> {
  const { context } = round;
  // An owner that rents its own node of a tenant has it by having it back.
  if (row.tenant === row.owner) return await note(context, row, { state: 'open', error: null });
  const hindrance = await hindranceOf(context, row);
  if (hindrance !== null) return await replace(round, row, part, hindrance);
  if (row.lease === null) {
    try {
      await note(context, row, { lease: await lease(context, row) });
    } catch (error) {
      if (!(error instanceof BullionError && OF_THE_NODE.has(error.code))) throw error;
      return await replace(round, row, part, error.message);
    }
  }
  const made = await leaseNow(context, row.lease!);
  if (made.state === 'active') return await note(context, row, { state: 'open', error: null });
  if (made.state === 'ended') return await goneBefore(round, row, part, made);
  if (made.cause !== null && (await isFull(context, row.tenant))) round.ready.add(row.id);
  await note(context, row, { error: made.cause });
}

/** Its id is the request's key: a kill before the answer was written down makes no second lease. */
async function lease({ isolation }: Context, row: Delivery): Promise<string> {
  const body = { node: row.node, project: row.tenant, endsAt: new Date(row.ends_at).toISOString() };
  const headers = { 'Idempotency-Key': `market-${row.id}` };
  const made = await ok(
    isolation.isolation.POST('/isolation/v1/leases', {
      body: { ...body, noticeSeconds: 0 },
      headers,
    } as never),
  );
  return (made as Lease).id;
}

const leaseNow = ({ isolation }: Context, id: string): Promise<Lease> =>
  ok(isolation.isolation.GET('/isolation/v1/leases/{lease}', leaseAt(id)));

async function hindranceOf(context: Context, { node: name, owner }: Delivery): Promise<string | null> {
  const node = await nodeNow(context, name);
  if (node === null) return `Node "${name}" is gone.`;
  if (node.owner !== owner) return `Node "${name}" is no longer "${owner}"'s.`;
  return node.maintenance === null ? null : `Node "${name}" is in maintenance: ${node.maintenance}.`;
}

/** A tenant that may hold no more nodes keeps itself from having this one: its owner has done what it owes. */
async function isFull({ isolation }: Context, project: string): Promise<boolean> {
  const path = { params: { path: { project } } };
  const { quota, used } = await ok(isolation.isolation.GET('/isolation/v1/projects/{project}', path));
  return quota.nodes !== null && used.nodes >= quota.nodes;
}

/** Another free node of the owner's, or the same again where there is none. */
async function replace(round: Round, row: Delivery, part: Part, why: string): Promise<void> {
  const { context, rows, faults } = round;
  const { state } = context.desk.market;
  faults.add(part.id);
  await recall(context, row);
  const node = freeNode(state, part, row.owner, rows, row.node) ?? row.node;
  await note(context, row, { ...wantedBy(state, part), node, error: why });
}

export async function recall({ isolation }: Context, row: Delivery): Promise<void> {
  if (row.lease === null) return;
  const path = leaseAt(row.lease);
  await ok(isolation.isolation.POST('/isolation/v1/leases/{lease}/recall', path)).catch((error) => {
    // Its own end came first.
    if (!(error instanceof BullionError && error.code === 'lease_ended')) throw error;
  });
}

/** What is said of a node that its tenant has no more, and still pays for. */
export const GIVEN_BACK = 'Its tenant gave it back.';

/** While it is to stay: its lease lasts until the part ends, and has not ended before. */
export async function keep(round: Round, row: Delivery, part: Part): Promise<void> {
  const { context, open } = round;
  if (row.error === GIVEN_BACK) return;
  if (row.lease !== null && open && !open.has(row.lease)) {
    const lease = await leaseNow(context, row.lease);
    // Else it was made since the others were listed.
    if (lease.state === 'ended') return await goneBefore(round, row, part, lease);
  }
  await keepEnd(context, row, part);
}

/** An extension moves the end at once: at the boundary itself the isolation service would be faster. */
async function keepEnd(context: Context, row: Delivery, part: Part): Promise<void> {
  const { state } = context.desk.market;
  const ends_at = tenancyEnd(state, part) * state.config.slotMs;
  if (ends_at <= row.ends_at)
    return row.error === null ? undefined : await note(context, row, { error: null });
  if (row.lease !== null) {
    const body = { endsAt: new Date(ends_at).toISOString() };
    const { isolation } = context.isolation;
    await ok(isolation.PATCH('/isolation/v1/leases/{lease}', { ...leaseAt(row.lease), body }));
  }
  await note(context, row, { ends_at, error: null });
}

/** Its lease has ended before its time: by a recall that was not the market's, by its tenant, or by an end that was not moved. */
async function goneBefore(round: Round, row: Delivery, part: Part, lease: Lease): Promise<void> {
  const { context } = round;
  const { state } = context.desk.market;
  if (lease.recalledAt !== null) {
    context.attendance.withhold(slotOf(state), part.id);
    return await replace(round, row, part, `Node "${row.node}" was recalled outside the market.`);
  }
  if (lease.endedAt! < lease.endsAt) return await note(context, row, { state: 'open', error: GIVEN_BACK });
  // At its very end the market only has not looked yet.
  const again = wantedBy(state, part);
  if (again.ends_at > Date.parse(lease.endsAt)) await note(context, row, again);
}
