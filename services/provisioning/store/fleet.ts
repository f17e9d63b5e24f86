/** What the fleet has of its own in the database: groups of boots, and what a boot knows of its place in them. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export type BootGroupTable = {
  id: string;
  project: string;
  image: string;
  operation: string;
  /** How many nodes were asked for. */
  count: number;
  created_at: string;
};

/** A node of a group: with a boot, or with the reason why it has none. */
export type BootGroupNodeTable = {
  boot_group: string;
  node: string;
  boot: string | null;
  /** 1 where the group has allocated it. */
  allocated: 0 | 1;
  /** JSON: code and message. */
  error: string | null;
};

export type WithFleet = { boot_groups: BootGroupTable; boot_group_nodes: BootGroupNodeTable };

export const fleet: Migration = {
  async up(db: Kysely<never>) {
    const run = (statement: string) => sql.raw(statement).execute(db);
    await run(`alter table boots add column priority text not null default 'normal'`);
    await run('alter table boots add column boot_group text');
    await run('alter table boots add column spare text');
    await run('alter table boots add column doubt text');
    await run(`create table boot_groups (
      id text primary key,
      project text not null,
      image text not null,
      operation text not null,
      count integer not null,
      created_at text not null)`);
    await run(`create table boot_group_nodes (
      boot_group text not null references boot_groups (id),
      node text not null,
      boot text references boots (id),
      allocated integer not null,
      error text,
      primary key (boot_group, node))`);
  },
};
