/** What cloud-init is answered: each secret part of the seed once for each script that was served. */

import type { Context } from '../context.ts';
import { Refusal } from '../node-request.ts';
import type { BootTable } from '../store/schema.ts';
import { identityOf } from './identity.ts';
import { metaData, vendorData } from './seed.ts';

export type SeedPart = 'meta-data' | 'user-data' | 'vendor-data';

export async function seedPart(context: Context, boot: BootTable, part: SeedPart): Promise<string> {
  if (part === 'meta-data') return metaData(boot);
  const identity = identityOf(context, boot);
  if (!identity) throw new Refusal(404, 'This boot has no seed.');
  const read = boot.seed_read.split(' ');
  // The conditional update decides who was first.
  const first = await context.db
    .updateTable('boots')
    .set({ seed_read: [...read, part].join(' ') })
    .where('id', '=', boot.id)
    .where('seed_token_hash', '=', boot.seed_token_hash)
    .where('seed_read', '=', boot.seed_read)
    .executeTakeFirst();
  if (read.includes(part) || first.numUpdatedRows === 0n)
    throw new Refusal(410, `The ${part} was given out already. Reboot for another reading.`);
  return part === 'user-data' ? identity.userData : vendorData(boot, identity);
}
