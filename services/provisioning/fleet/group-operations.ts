/** What a group does: it follows its boots until none is under way, and ends them when it is told to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError, type OperationContext } from '@bullion/service';
import { endBoot } from '../boot-end.ts';
import { loadBoot } from '../boots.ts';
import type { Context, Trx } from '../context.ts';
import type { BootGroupTable } from '../store/fleet.ts';
import { giveBack } from './gather.ts';
import { type GroupView, groupView } from './groups.ts';

/** How often the boots of a group are counted, in milliseconds. */
const LOOK_MS = 500;

export type GroupEnd = { group: string; running: boolean; deleteVolumes: boolean; release: boolean };

export function defineGroups(context: Context): void {
  const load = (id: string) =>
    context.db.selectFrom('boot_groups').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  context.operations.define<{ group: string }>('boot-group.boot', async (operation) => {
    const group = await load(operation.input.group);
    await operation.step('boot', (note) => followGroup(context, operation, group, note));
  });
  context.operations.define<GroupEnd>('boot-group.end', async (operation) => {
    const group = await load(operation.input.group);
    await operation.step('end the boots', (note) => endMembers(context, group, operation.input, note));
    if (operation.input.release) await operation.step('give the nodes back', () => release(context, group));
  });
}

async function followGroup(
  context: Context,
  { signal }: OperationContext<unknown>,
  group: BootGroupTable,
  note: (text: string) => Promise<void>,
): Promise<void> {
  for (;;) {
    const view = await groupView(context.db, group);
    await note(inWords(view));
    if (view.state === 'running') return;
    if (view.state !== 'booting') throw incomplete(view);
    await sleep(LOOK_MS, undefined, { signal });
  }
}

const inWords = ({ tally, members }: GroupView) =>
  [
    `${tally.running} of ${members.length} run`,
    ...(['waiting', 'booting', 'failed', 'ended'] as const).flatMap((state) =>
      tally[state] > 0 ? [`${tally[state]} ${state}`] : [],
    ),
  ].join(', ');

function incomplete(view: GroupView): BullionError {
  const failed = view.members.filter(({ error }) => error !== null);
  const first = failed[0] ? ` ${failed[0].node}: ${failed[0].error!.message}` : '';
  return new BullionError(
    'bad_gateway',
    'boot_group_incomplete',
    `Of the ${view.members.length} nodes of the group ${view.tally.running} run.${first}`,
    {
      hint: `See each of them: \`bullion boot group show ${view.id}\`. Those that run go on.`,
      details: { failed: failed.map(({ node, error }) => ({ node, code: error!.code })) },
    },
  );
}

/** Begins to end what lives of the group. Returns the id of the operation, which is to be started then. */
export async function beginGroupEnd(
  { operations }: Context,
  trx: Trx,
  group: BootGroupTable,
  fate: Omit<GroupEnd, 'group'>,
): Promise<string> {
  return await operations.create(trx, {
    kind: 'boot-group.end',
    subject: `boot-group/${group.id}`,
    project: group.project,
    input: { group: group.id, ...fate } satisfies GroupEnd,
  });
}

/** One that cannot be ended does not keep the others from it. */
async function endMembers(
  context: Context,
  group: BootGroupTable,
  fate: GroupEnd,
  note: (text: string) => Promise<void>,
): Promise<void> {
  const living = await context.db
    .selectFrom('boots')
    .select('id')
    .where('boot_group', '=', group.id)
    .where('state', 'in', fate.running ? ['booting', 'running', 'ending'] : ['booting', 'ending'])
    .execute();
  await note(`${living.length} boots`);
  const failures = (await Promise.all(living.map(({ id }) => endMember(context, id, fate)))).flat();
  if (failures.length === 0) return;
  throw new BullionError(
    'bad_gateway',
    'boot_group_not_ended',
    `Of the group's boots ${failures.length} could not be ended: ${failures.slice(0, 5).join('; ')}.`,
    { hint: 'Put the cause right, then end the group again.' },
  );
}

async function endMember(context: Context, id: string, fate: GroupEnd): Promise<string[]> {
  const { operations, closing } = context;
  let operation: string;
  try {
    operation = await context.changes.own('end a boot of a group', async ({ trx }) =>
      endBoot(context, trx, await loadBoot(trx, id), { deleteVolume: fate.deleteVolumes }),
    );
  } catch (error) {
    // Over since we looked, or being ended by somebody who wants its volume kept: that counts.
    if (error instanceof BullionError && ['boot_over', 'boot_ending'].includes(error.code)) return [];
    throw error;
  }
  operations.start(operation);
  for (;;) {
    const { state, error } = await operations.wait(operation, 60_000);
    closing.throwIfAborted();
    if (state !== 'running') return state === 'failed' ? [error?.message ?? 'it failed'] : [];
  }
}

/** The nodes that the group has allocated and that are booted by nobody now. */
async function release({ db, isolation }: Context, group: BootGroupTable): Promise<void> {
  const nodes = await db
    .selectFrom('boot_group_nodes')
    .select('node')
    .where('boot_group', '=', group.id)
    .where('allocated', '=', 1)
    .where('node', 'not in', (boots) =>
      boots.selectFrom('boots').select('node').where('state', 'in', ['booting', 'running', 'ending']),
    )
    .execute();
  await giveBack(
    isolation,
    nodes.map(({ node }) => node),
  );
}
