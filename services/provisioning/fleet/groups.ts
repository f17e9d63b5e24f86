/** Boot groups: many nodes that are booted from one image by one request, with one progress and one end. */
import { mayUse, notFound, type Page, type Principal, projectsSeen, uuidv7 } from '@bullion/service';
import { createBoot } from '../boot-request.ts';
import { type Change, type Context, type Database, now, type Trx } from '../context.ts';
import { STAGES, type Stage } from '../stages.ts';
import type { BootGroupNodeTable, BootGroupTable } from '../store/fleet.ts';
import type { BootState } from '../store/schema.ts';
import type { Priority } from './admission.ts';
import type { Gathered } from './gather.ts';

export type GroupRequest = {
  project: string;
  image: string;
  count: number;
  sshAuthorizedKeys: string[];
  priority: Priority;
};

type Failure = { code: string; message: string; hint?: string | undefined };
export type Member = {
  node: string;
  /** Null where it was passed over. */
  boot: string | null;
  state: BootState | 'passed-over';
  /** The last that it reached. */
  stage: Stage | null;
  address: string | null;
  error: Failure | null;
};

/** `incomplete`: all that could be done is done, and some do not run. */
export type GroupState = 'booting' | 'running' | 'incomplete' | 'ended';
export type GroupView = Omit<BootGroupTable, 'created_at'> & {
  state: GroupState;
  tally: { waiting: number; booting: number; running: number; failed: number; ended: number };
  members: Member[];
  createdAt: string;
};

/** Writes the group with all its boots, or nothing. */
export async function createGroup(
  context: Context,
  change: Change,
  request: GroupRequest,
  { bootables, passedOver, allocated }: Gathered,
): Promise<GroupView> {
  const { trx, tell, after } = change;
  const { project, image, count, sshAuthorizedKeys, priority } = request;
  const id = uuidv7();
  const operation = await context.operations.create(trx, {
    kind: 'boot-group.boot',
    subject: `boot-group/${id}`,
    project,
    input: { group: id },
  });
  const row: BootGroupTable = { id, project, image, operation, count, created_at: now() };
  await trx.insertInto('boot_groups').values(row).execute();
  for (const bootable of bootables) {
    const node = bootable.node.name;
    const boot = await createBoot(
      context,
      change,
      { node, image, sshAuthorizedKeys, priority, group: id },
      bootable,
    );
    const ours = allocated.has(node) ? 1 : 0;
    await addNode(trx, { boot_group: id, node, boot: boot.id, allocated: ours, error: null });
  }
  for (const { node, error } of passedOver)
    await addNode(trx, { boot_group: id, node, boot: null, allocated: 0, error: JSON.stringify(error) });
  await tell('boot-group.requested', `boot-group/${id}`, project, { nodes: bootables.length, image });
  after(() => context.operations.start(operation));
  return await groupView(trx, row);
}

async function addNode(trx: Trx, node: BootGroupNodeTable): Promise<void> {
  await trx.insertInto('boot_group_nodes').values(node).execute();
}

export async function requireGroup(
  db: Database | Trx,
  principal: Principal,
  id: string,
): Promise<BootGroupTable> {
  const row = await db.selectFrom('boot_groups').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row || !mayUse(principal, row.project))
    throw notFound('boot group', id, 'See them with `bullion boot group list`.');
  return row;
}

export async function listGroups(
  { db }: Context,
  principal: Principal,
  { after, limit }: Page,
): Promise<GroupView[]> {
  let query = db.selectFrom('boot_groups').selectAll().where('id', '>', after);
  const seen = projectsSeen(principal);
  if (seen) query = query.where('project', 'in', seen);
  const rows = await query.orderBy('id').limit(limit).execute();
  return await Promise.all(rows.map((row) => groupView(db, row)));
}

export async function groupView(db: Database | Trx, row: BootGroupTable): Promise<GroupView> {
  const members = await membersOf(db, row.id);
  const count = (...states: Member['state'][]) =>
    members.filter(({ state }) => states.includes(state)).length;
  const waiting = members.filter(({ state, stage }) => state === 'booting' && stage === 'requested').length;
  const tally = {
    waiting,
    booting: count('booting') - waiting,
    running: count('running'),
    // One that is undone after a failure has failed; one that was ended has not.
    failed:
      count('failed', 'passed-over') +
      members.filter(({ state, error }) => state === 'ending' && error).length,
    ended: count('ended') + members.filter(({ state, error }) => state === 'ending' && !error).length,
  };
  const { created_at, ...own } = row;
  return { ...own, state: stateOf(tally), tally, members, createdAt: created_at };
}

function stateOf({ waiting, booting, running, failed, ended }: GroupView['tally']): GroupState {
  if (waiting + booting > 0) return 'booting';
  if (running === 0 && ended > 0) return 'ended';
  return failed + ended === 0 ? 'running' : 'incomplete';
}

async function membersOf(db: Database | Trx, group: string): Promise<Member[]> {
  const rows = await db
    .selectFrom('boot_group_nodes')
    .leftJoin('boots', 'boots.id', 'boot_group_nodes.boot')
    .select(['boot_group_nodes.node', 'boot_group_nodes.boot', 'boot_group_nodes.error as passed'])
    .select(['boots.state', 'boots.address', 'boots.error'])
    .where('boot_group_nodes.boot_group', '=', group)
    .orderBy('boot_group_nodes.node')
    .execute();
  const reached = await db
    .selectFrom('boot_stages')
    .innerJoin('boots', 'boots.id', 'boot_stages.boot')
    .select(['boot_stages.boot', 'boot_stages.stage'])
    .where('boots.boot_group', '=', group)
    .execute();
  const last = new Map<string, number>();
  for (const { boot, stage } of reached)
    last.set(boot, Math.max(last.get(boot) ?? 0, STAGES.indexOf(stage as Stage)));
  return rows.map(({ node, boot, passed, state, address, error }) => ({
    node,
    boot,
    state: state ?? 'passed-over',
    stage: boot === null ? null : (STAGES[last.get(boot) ?? 0] ?? null),
    address: address ?? null,
    error: parsed(error ?? passed),
  }));
}

const parsed = (json: string | null): Failure | null =>
  json === null ? null : (JSON.parse(json) as Failure);
