/** What the scripts that ran on images wrote. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const scripts: Migration = {
  async up(db: Kysely<never>) {
    await sql
      .raw('create table script_outputs (operation text primary key, output text not null, at text not null)')
      .execute(db);
  },
};
