/**
 * Delivery: leases of counts become leases of nodes. When a part of a lease starts, so many of its owner's nodes are
 * chosen and leased to the tenant at the isolation service; when it ends, was recalled or released, they are taken
 * back. A node that its tenant sub-lets goes the same way: taken back, wiped, leased to the sub-tenant, and afterwards
 * to whoever it was sub-let by. What should be follows from the market's state, what is from the table: a kill in
 * between loses nothing.
 */
import { ok } from '@bullion/sdk';
import { BullionError, messageOf } from '@bullion/service';
import type { Context } from '../context.ts';
import { type Part, type State, slotOf } from '../market/index.ts';
import { rechain, runs } from './chains.ts';
import { give, keep, nodeNow, recall } from './giving.ts';
import { chainOf, type Delivery, freeNode, isAt, note, openLeases, type Round, wantedBy } from './round.ts';

/** One round: everything that is not yet as it should be is brought a step nearer. True where something is left to do. */
export async function deliverOnce(context: Context): Promise<boolean> {
  const { db, desk } = context;
  const rows = await db.selectFrom('deliveries').selectAll().where('state', '<>', 'closed').execute();
  const open = await openLeases(context, rows);
  const round: Round = { context, rows, open, faults: new Set(), ready: new Set() };
  await bind(round, desk.market.state);
  for (const row of rows) await attend(round, row);
  take(round, desk.market.state);
  return rows.some((row) => row.state !== 'open');
}

/** Says which nodes are to be whose. */
async function bind({ context, rows, faults }: Round, state: State): Promise<void> {
  const bound = rows.map((row) => ({
    ...{ row, node: row.node, settled: row.state !== 'wanted' },
    chain: chainOf(row),
  }));
  const lacking = rechain(state, bound);
  for (const { row, chain } of bound) {
    const text = chain.join(' ');
    if (text !== row.chain) await note(context, row, { chain: text });
  }
  for (const { part, lacks } of lacking)
    for (let n = 0; n < lacks; n++) {
      const node = freeNode(state, part, part.owner, rows);
      if (node === undefined) {
        // One that is still on its way back from the tenant before is nobody's fault; the next round looks again.
        const returns = rows.some((row) => row.owner === part.owner && row.state === 'closing');
        if (!returns) faults.add(part.id);
        break;
      }
      const row: Delivery = { ...wantedBy(state, part), node, owner: part.owner, chain: part.id };
      await context.db.insertInto('deliveries').values(row).execute();
      rows.push(row);
    }
}

/** Takes attendance. */
function take({ context, rows, faults, ready }: Round, state: State): void {
  const slot = slotOf(state);
  for (const part of state.parts.values()) {
    if (!runs(state, part)) continue;
    const there = rows.filter((row) => isAt(row, part.id) || (row.part === part.id && ready.has(row.id)));
    context.attendance.see(slot, part.id, there.length, faults.has(part.id));
  }
}

/** What hinders one node hinders no other. */
async function attend(round: Round, row: Delivery): Promise<void> {
  const { context } = round;
  try {
    await bringNearer(round, row);
  } catch (error) {
    const text = error instanceof BullionError ? error.message : 'The service failed at it.';
    context.log.warn(
      { node: row.node, part: row.part, error: messageOf(error) },
      'a delivery waits; it is tried again',
    );
    await note(context, row, { error: text });
  }
}

async function bringNearer(round: Round, row: Delivery): Promise<void> {
  const { context } = round;
  const { parts } = context.desk.market.state;
  const target = parts.get(chainOf(row).at(-1) ?? '');
  if (row.state === 'closing') return await lookForEnd(context, row, target);
  const has = parts.get(row.part);
  // The next part of an extended lease has the same nodes.
  const stays = target !== undefined && has?.lease === target.lease;
  if (stays && has !== target) await note(context, row, { part: target.id });
  if (!stays) await takeBack(context, row);
  else if (row.state === 'wanted') await give(round, row, target);
  else await keep(round, row, target);
}

async function takeBack(context: Context, row: Delivery): Promise<void> {
  await recall(context, row);
  await note(context, row, { state: 'closing', error: null });
}

/** Back with its owner: the isolation service has closed its ports, had it wiped, and freed it. Then it is the next one's. */
async function lookForEnd(context: Context, row: Delivery, next: Part | undefined): Promise<void> {
  if (row.lease !== null) {
    const path = { params: { path: { lease: row.lease } } };
    const lease = await ok(context.isolation.isolation.GET('/isolation/v1/leases/{lease}', path));
    const node = await nodeNow(context, row.node);
    if (lease.state !== 'ended' || node?.state === 'releasing' || node?.project === row.tenant) return;
  }
  if (next) await note(context, row, wantedBy(context.desk.market.state, next));
  else await note(context, row, { state: 'closed', error: null });
}
