/** Numbered migrations: added at the end, never edited. */
import { createChangeTables, createServiceTables, statements } from '@bullion/service';
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { pack, piecesOf } from '../snapshots/pieces.ts';
import type { MarketSchema } from './schema.ts';

const initial: Migration = {
  async up(db: Kysely<never>) {
    await createServiceTables(db);
    await createChangeTables(db);
    const run = statements(db);
    await run(
      'create table journal (sequence integer primary key, at integer not null, command text not null)',
    );
    await run(`create table entries (sequence integer primary key, at integer not null, key text not null unique,
      memo text not null, lines text not null, hash text not null)`);
    await run(`create table auctions (number integer primary key, committed_at integer not null, root text not null,
      commitment text not null, transcript text, hash text, previous text)`);
    await run('create table snapshots (sequence integer primary key, state text not null)');
    await run(`create table deliveries (id text primary key, part text not null, node text not null,
      owner text not null, tenant text not null,
      state text not null check (state in ('wanted', 'open', 'closing', 'closed')),
      lease text, ends_at integer not null, error text)`);
    await run("create unique index deliveries_node on deliveries (node) where state <> 'closed'");
  },
};

/** Nodes that are sub-let: who has one of whom, as `delivery/chains.ts` says. */
const chains: Migration = {
  async up(db: Kysely<never>) {
    const run = statements(db);
    await run("alter table deliveries add column chain text not null default ''");
    await run("update deliveries set chain = part where state in ('wanted', 'open')");
  },
};

/** Batches are published under names of their own. */
const names: Migration = {
  async up(db: Kysely<never>) {
    await statements(db)('alter table auctions add column secret text');
  },
};

/** Snapshots were one text each. */
const pieces: Migration = {
  async up(db: Kysely<never>) {
    const run = statements(db);
    const { rows } = (await run('select sequence, state from snapshots order by sequence desc limit 1')) as {
      rows: { sequence: number; state: string }[];
    };
    await run('drop table snapshots');
    await run(`create table snapshots (sequence integer not null, piece integer not null, last integer not null,
      bytes blob not null, primary key (sequence, piece))`);
    for (const { sequence, state } of rows)
      for (const piece of piecesOf(sequence, pack(state)))
        await (db as unknown as Kysely<MarketSchema>).insertInto('snapshots').values(piece).execute();
  },
};

export const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-chains': chains,
  '0003-names': names,
  '0004-pieces': pieces,
};
