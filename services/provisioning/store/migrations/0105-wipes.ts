import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const wipes: Migration = {
  async up(db: Kysely<never>) {
    await sql`alter table boots add column wipe text`.execute(db);
  },
};
