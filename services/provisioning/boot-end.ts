/** The end of a boot that is asked for: the node goes off, the network and the disk are taken away. */
import { BullionError } from '@bullion/service';
import type { BootParts } from './boot-parts.ts';
import { loadBoot } from './boots.ts';
import type { Context, Trx } from './context.ts';
import { LIVING } from './living.ts';
import type { BootTable } from './store/schema.ts';
import { close, dropVolume, undo } from './undo.ts';

type Input = { boot: string; deleteVolume: boolean };

/** What a boot that was ended fails with. */
export const bootEnded = (boot: BootTable) =>
  new BullionError(
    'conflict',
    'boot_ended',
    `The boot of node "${boot.node}" was ended before it was through.`,
    { hint: `Begin it anew with \`bullion boot ${boot.node}\` if it was not meant to end.` },
  );

/** Begins to end a boot, or joins who has begun. Returns the id of the operation, which is to be started then. */
export async function endBoot(
  { operations }: Context,
  trx: Trx,
  boot: BootTable,
  options: { deleteVolume: boolean },
): Promise<string> {
  const last = await lastEnd(trx, boot);
  if (last?.isRunning) return join(last, boot, options);
  const changed = await trx
    .updateTable('boots')
    .set({ state: 'ending' })
    .where('id', '=', boot.id)
    .where('state', 'in', LIVING)
    .executeTakeFirst();
  if (changed.numUpdatedRows === 0n) {
    throw new BullionError(
      'conflict',
      'boot_over',
      `This boot of node "${boot.node}" has ${boot.state === 'failed' ? 'failed' : 'ended'} already.`,
      { hint: 'Nothing is left to be ended.' },
    );
  }
  const input: Input = {
    boot: boot.id,
    // A second attempt does not forget what the first was told.
    deleteVolume: options.deleteVolume || (last?.input.deleteVolume ?? false),
  };
  const project = boot.project;
  return await operations.create(trx, { kind: 'boot.end', subject: `node/${boot.node}`, project, input });
}

/** The same where nobody asked: the node was given to somebody else, or is gone. The volume stays. */
export async function retireBoot(context: Context, boot: BootTable): Promise<string> {
  const id = await context.changes.own(`end the boot of node ${boot.node}`, ({ trx }) =>
    endBoot(context, trx, boot, { deleteVolume: false }),
  );
  context.operations.start(id);
  return id;
}

type LastEnd = { id: string; isRunning: boolean; input: Input };

/** The last operation that was to end this boot. */
export async function lastEnd(db: Trx | Context['db'], boot: BootTable): Promise<LastEnd | undefined> {
  const rows = await db
    .selectFrom('operations')
    .select(['id', 'state', 'input'])
    .where('kind', '=', 'boot.end')
    .where('subject', '=', `node/${boot.node}`)
    .orderBy('id', 'desc')
    .execute();
  return rows
    .map(({ id, state, input }) => ({
      id,
      isRunning: state === 'running',
      input: JSON.parse(input) as Input,
    }))
    .find(({ input }) => input.boot === boot.id);
}

function join(last: LastEnd, boot: BootTable, options: { deleteVolume: boolean }): string {
  if (last.input.deleteVolume || !options.deleteVolume) return last.id;
  throw new BullionError(
    'conflict',
    'boot_ending',
    `The boot of node "${boot.node}" is being ended already, and its volume is to be kept.`,
    { hint: `Delete it when that is done: \`bullion volume delete ${boot.volume}\`.` },
  );
}

export function defineEnd(context: Context, parts: BootParts): void {
  context.operations.define<Input>('boot.end', async (operation) => {
    const { input } = operation;
    const asked = await loadBoot(context.db, input.boot);
    if (asked.state === 'ending')
      await operation.step('stop the boot', () =>
        context.operations.cancel(asked.operation, bootEnded(asked)),
      );
    const boot = await loadBoot(context.db, input.boot);
    if (boot.state !== 'ending') {
      // It was failing just then, and has undone itself.
      if (input.deleteVolume) await dropUnlessUsed(context, boot);
      return;
    }
    const deleteVolume = input.deleteVolume || !(await isWorthKeeping(parts, boot));
    const leftovers = await operation.step('undo', () => undo(context, parts, boot, { deleteVolume }));
    if (leftovers.length > 0) {
      throw new BullionError(
        'bad_gateway',
        'boot_not_undone',
        `Not all of the boot of node "${boot.node}" could be undone: ${leftovers.join('; ')}.`,
        { hint: `Put the cause right, then end it again: \`bullion boot end ${boot.node}\`.` },
      );
    }
    await operation.step('end', () => close(context, boot, []));
  });
}

/** A clone that was made for this boot and never ran, or was only copied from, holds nothing that anybody could want. */
async function isWorthKeeping({ stages }: BootParts, boot: BootTable): Promise<boolean> {
  if (boot.volume_is_new === 0) return true;
  if (boot.wipe !== null) return false;
  return boot.mode === 'diskless' && (await stages.has(boot.id, 'running'));
}

async function dropUnlessUsed(context: Context, boot: BootTable): Promise<void> {
  const user = await context.db
    .selectFrom('boots')
    .select('id')
    .where('volume', '=', boot.volume)
    .where('state', 'in', LIVING)
    .executeTakeFirst();
  if (!user) await dropVolume(context, boot);
}
