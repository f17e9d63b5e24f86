/** The auctions as they are kept: what was published of each, and the secret that its names were made of. */
import { decode, encode, type Transcript } from '@bullion/clearing';
import { BullionError, messageOf } from '@bullion/service/errors';
import type { Kysely, Transaction } from 'kysely';
import type { Cleared, Published, State } from './market/index.ts';
import type { MarketSchema } from './store/schema.ts';

export async function publish(
  trx: Transaction<MarketSchema>,
  { number, at, commit, secret, transcript, hash }: Published,
): Promise<void> {
  if (commit) {
    const { root, ...commitment } = commit;
    const row = { number, committed_at: at, root, commitment: encode(commitment), secret: secret ?? null };
    await trx
      .insertInto('auctions')
      .values({ ...row, transcript: null, hash: null, previous: null })
      .execute();
  }
  if (transcript) {
    const set = { transcript: encode(transcript), hash: hash!, previous: transcript.previous };
    await trx.updateTable('auctions').set(set).where('number', '=', number).execute();
  }
}

/**
 * What the batch that is frozen came to, where it was cleared before. A replay takes that instead of clearing anew: rules
 * may have changed since, and what was published is what happened. Undefined where there is nothing.
 */
export async function clearedBefore(
  db: Kysely<MarketSchema>,
  { frozen, batches }: State,
): Promise<(Cleared & { hash: string | null }) | undefined> {
  if (!frozen) return undefined;
  const found = await db
    .selectFrom('auctions')
    .select(['root', 'transcript', 'hash'])
    .where('number', '=', batches)
    .executeTakeFirst();
  if (found === undefined || found.transcript === null) return undefined;
  try {
    const { clearing } = decode(found.transcript) as Transcript;
    return { root: found.root, clearing, hash: found.hash };
  } catch (error) {
    throw new BullionError(
      'internal',
      'transcript_unreadable',
      `The transcript of auction ${batches} cannot be read: ${messageOf(error)}`,
      { hint: 'Restore the database from a backup; nothing was changed.' },
    );
  }
}
