/**
 * A snapshot in the database: compressed, and in pieces that are written one by one between the commands of others. It is
 * one when its last piece is there; until then the one before is the last, and a kill leaves pieces that the next removes.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { transact } from '@bullion/service';
import type { Kysely } from 'kysely';
import type { MarketSchema, SnapshotTable } from '../store/schema.ts';

/** Bytes: what is written at once costs those who wait for the same commit well under a millisecond. */
const PIECE = 65_536;

/** The fastest level: texts of a book become a tenth, and the slowest a fifteenth in ten times the time. */
export const pack = (text: string): Uint8Array => gzipSync(text, { level: 1 });
/** Throws where a piece is missing or damaged. */
export const unpack = (packed: Uint8Array): string => gunzipSync(packed).toString();

export function piecesOf(sequence: number, packed: Uint8Array): SnapshotTable[] {
  const count = Math.ceil(packed.length / PIECE);
  return Array.from({ length: count }, (_, piece) => ({
    ...{ sequence, piece, last: piece === count - 1 ? 1 : 0 },
    bytes: packed.subarray(piece * PIECE, (piece + 1) * PIECE),
  }));
}

/** The number of the last snapshot that is whole. */
async function lastWhole(db: Kysely<MarketSchema>): Promise<number | undefined> {
  const row = await db
    .selectFrom('snapshots')
    .select('sequence')
    .where('last', '=', 1)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.sequence;
}

export async function lastKept(
  db: Kysely<MarketSchema>,
): Promise<{ sequence: number; packed: Uint8Array } | undefined> {
  const sequence = await lastWhole(db);
  if (sequence === undefined) return undefined;
  const rows = await db
    .selectFrom('snapshots')
    .select('bytes')
    .where('sequence', '=', sequence)
    .orderBy('piece')
    .execute();
  return { sequence, packed: Buffer.concat(rows.map(({ bytes }) => bytes)) };
}

/** Writes it, and removes those before. To be called by one at a time; `signal` ends it between two pieces. */
export async function keep(
  db: Kysely<MarketSchema>,
  sequence: number,
  packed: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  await tidy(db, signal);
  for (const piece of piecesOf(sequence, packed)) {
    signal?.throwIfAborted();
    await transact(db, (trx) => trx.insertInto('snapshots').values(piece).execute());
  }
  await tidy(db, signal);
}

/** Removes all but the last that is whole, piece by piece as well. */
async function tidy(db: Kysely<MarketSchema>, signal?: AbortSignal): Promise<void> {
  const whole = (await lastWhole(db)) ?? -1;
  const others = await db
    .selectFrom('snapshots')
    .select(['sequence', 'piece'])
    .where('sequence', '<>', whole)
    .execute();
  for (const { sequence, piece } of others) {
    signal?.throwIfAborted();
    await transact(db, (trx) =>
      trx.deleteFrom('snapshots').where('sequence', '=', sequence).where('piece', '=', piece).execute(),
    );
  }
}
