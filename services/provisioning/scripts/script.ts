/** A script as it is asked for: how it is kept, and whether it may run. */
import { BullionError } from '@bullion/service';
import type { Context, Trx } from '../context.ts';
import { workshopFiles } from './workshop.ts';

export type Script = { script: string; timeoutSeconds: number };

/** Of one project, that run or wait. */
const MOST = 4;

const secretOf = (id: string) => `image/${id}/script`;

export const sealScript = ({ secrets }: Context, id: string, script: string) =>
  secrets.seal(script, secretOf(id));
export const openScript = ({ secrets }: Context, id: string, sealed: string) =>
  secrets.open<string>(sealed, secretOf(id));

/** Refuses what could not run, before anything is written. */
export async function checkScript(context: Context): Promise<void> {
  context.layers.requireWritable('Running a script on an image');
  await workshopFiles(context);
}

/** Of those that run, so that one tenant's do not hold up the others'. Throws `scripts_too_many`. */
export async function requireTurn(trx: Trx, project: string | null): Promise<void> {
  const rows = await trx
    .selectFrom('operations')
    .select('id')
    .where('state', '=', 'running')
    .where('kind', 'in', ['image.run', 'image.seal'])
    .where('project', project === null ? 'is' : '=', project)
    .execute();
  if (rows.length < MOST) return;
  throw new BullionError(
    'conflict',
    'scripts_too_many',
    `There are ${rows.length} scripts and seals of yours that run or wait already.`,
    { hint: 'Wait until one of them has ended, or cancel one: `bullion operation cancel ID`.' },
  );
}
