/** Takes a node's word that it is wiped, held against what it was known to have. */
import { ok } from '@bullion/sdk';
import { BullionError, messageOf } from '@bullion/service';
import type { Context } from '../context.ts';
import { Refusal } from '../node-request.ts';
import type { Stages } from '../stages.ts';
import type { BootTable } from '../store/schema.ts';
import { readWipe, type WipedDisk } from './report.ts';
import { wipeOf } from './wipe.ts';

/** Uses up the report's token, tells of the disks, and brings the boot to its end: together, or not at all. */
export async function acceptWipe(
  context: Context,
  stages: Stages,
  boot: BootTable,
  report: string,
): Promise<void> {
  const { policy } = wipeOf(boot)!;
  const known = await knownDisks(context, boot.node);
  let disks: WipedDisk[];
  try {
    disks = readWipe(report, policy, known);
  } catch (error) {
    const message = `its report does not count: ${messageOf(error)}`;
    await context.db
      .updateTable('boots')
      .set({ error: JSON.stringify({ code: 'wipe_not_verified', message }), report_token_hash: null })
      .where('id', '=', boot.id)
      .where('state', '=', 'booting')
      .execute();
    stages.wake(boot.id);
    throw new Refusal(400, message);
  }
  await context.db.transaction().execute(async (trx) => {
    const first = await trx
      .updateTable('boots')
      .set({ report_token_hash: null })
      .where('id', '=', boot.id)
      .where('state', '=', 'booting')
      .where('report_token_hash', '=', boot.report_token_hash)
      .executeTakeFirst();
    if (first.numUpdatedRows === 0n) throw new Refusal(410, 'This wipe was reported already, or is over.');
    await stages.note(trx, boot.id, ['running']);
    const subject = `node/${boot.node}`;
    await context.events.append(trx, { kind: 'node.wiped', subject, project: null, data: { policy, disks } });
  });
}

/** As its last inspection found them; of a node that was never looked at nothing is known. */
async function knownDisks({ isolation }: Context, node: string) {
  try {
    const params = { path: { node } };
    const { facts } = await ok(isolation.isolation.GET('/isolation/v1/nodes/{node}/inspection', { params }));
    return facts.disks;
  } catch (error) {
    if (error instanceof BullionError && error.code === 'inspection_not_found') return undefined;
    throw error;
  }
}
