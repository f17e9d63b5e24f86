/** What scripts wrote, kept by their operations for a month. */
import { mayUse, messageOf, notFound, type Principal } from '@bullion/service';
import { type Context, now } from '../context.ts';

const KEEP_MS = 30 * 24 * 3600_000;

/** Takes the place of what was kept before. Never rejects: a script does not fail since its log could not be kept. */
export async function keepOutput({ db, log }: Context, operation: string, output: string): Promise<void> {
  try {
    await db
      .insertInto('script_outputs')
      .values({ operation, output, at: now() })
      .onConflict((conflict) => conflict.column('operation').doUpdateSet({ output, at: now() }))
      .execute();
  } catch (error) {
    log.warn({ operation, error: messageOf(error) }, 'the output of a script could not be kept');
  }
}

export async function showOutput(
  { db, operations }: Context,
  principal: Principal,
  id: string,
): Promise<{ output: string; at: string }> {
  const operation = await operations.get(id);
  if (!mayUse(principal, operation.project)) throw notFound('operation', id);
  const row = await db
    .selectFrom('script_outputs')
    .select(['output', 'at'])
    .where('operation', '=', id)
    .executeTakeFirst();
  if (row) return row;
  throw notFound('output', id, 'Only operations that run a script have one, for 30 days.');
}

export async function forgetOutputs({ db }: Context): Promise<void> {
  const oldest = new Date(Date.now() - KEEP_MS).toISOString();
  await db.deleteFrom('script_outputs').where('at', '<', oldest).execute();
}
