/** What this face must remember beside the model: whose out-of-band management is enabled, and the channels of actions. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Database, Trx } from '../context.ts';

type Tables = {
  /** There while out-of-band management of the node is enabled, for the time that its project holds it. */
  v0_obm: { node: string; allocation: string };
  /** The operations that HIL's clients began, with what these are told of them and the operations do not say. */
  v0_actions: { operation: string; channel: string };
};

export const v0Tables = (db: Database | Trx) => db as unknown as Kysely<Tables>;

/** Kept apart from those of the core, which does not know of this face. */
export const v0Migrations: Record<string, Migration> = {
  '0001-initial': {
    async up(db: Kysely<never>) {
      await sql`create table v0_obm (node text primary key, allocation text not null)`.execute(db);
      await sql`create table v0_actions (operation text primary key, channel text not null)`.execute(db);
    },
  },
};
