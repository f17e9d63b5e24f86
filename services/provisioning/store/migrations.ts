/** Numbered migrations: added at the end, never edited. */
import { createChangeTables, createServiceTables } from '@bullion/service';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { fleet, successors } from './fleet.ts';
import { imageSharing } from './migrations/0100-image-sharing.ts';
import { traffic } from './migrations/0101-traffic.ts';
import { identity } from './migrations/0102-identity.ts';
import { learnedAddress } from './migrations/0103-learned-address.ts';
import { scripts } from './migrations/0104-scripts.ts';
import { wipes } from './migrations/0105-wipes.ts';

const initial: Migration = {
  async up(db: Kysely<never>) {
    await createServiceTables(db);
    const run = (statement: string) => sql.raw(statement).execute(db);
    await run(`create table images (
      name text primary key,
      id text not null unique,
      project text,
      kind text not null check (kind in ('image', 'snapshot')),
      state text not null check (state in ('uploading', 'sealed')),
      public integer not null,
      size_bytes bigint not null,
      sha256 text,
      cmdline text,
      parent text,
      created_at text not null)`);
    await run(`create table volumes (
      name text primary key,
      id text not null unique,
      project text not null,
      image text not null references images (name),
      size_bytes bigint not null,
      created_at text not null)`);
    await run(`create table boots (
      id text primary key,
      node text not null,
      project text not null,
      nic text not null,
      mac text not null,
      image text not null,
      volume text not null,
      volume_is_new integer not null,
      state text not null check (state in ('booting', 'running', 'failed', 'ending', 'ended')),
      operation text not null,
      address text not null,
      hostname text not null,
      ssh_authorized_keys text not null,
      ssh_host_keys text not null,
      iscsi text not null,
      script_token text not null,
      config_token_hash text,
      config_used integer not null,
      report_token_hash text,
      error text,
      created_at text not null,
      ended_at text)`);
    // A node, an address and a volume serve one living boot at a time.
    const living = `where state in ('booting', 'running', 'ending')`;
    await run(`create unique index boots_node on boots (node) ${living}`);
    await run(`create unique index boots_address on boots (address) ${living}`);
    await run(`create unique index boots_volume on boots (volume) ${living}`);
    await run(`create table boot_stages (
      boot text not null references boots (id), stage text not null, at text not null, primary key (boot, stage))`);
  },
};

const inspection: Migration = {
  async up(db: Kysely<never>) {
    await sql.raw('alter table boots add column inspection text').execute(db);
  },
};

const changes: Migration = {
  async up(db: Kysely<never>) {
    await createChangeTables(db);
  },
};

const bootModes: Migration = {
  async up(db: Kysely<never>) {
    await sql
      .raw(
        `alter table boots add column mode text not null default 'diskless' check (mode in ('diskless', 'copy', 'ram'))`,
      )
      .execute(db);
  },
};

export const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-inspection': inspection,
  '0003-changes': changes,
  '0200-boot-modes': bootModes,
  '0300-fleet': fleet,
  '0301-successors': successors,
  '0100-image-sharing': imageSharing,
  '0101-traffic': traffic,
  '0102-identity': identity,
  '0103-learned-address': learnedAddress,
  '0104-scripts': scripts,
  '0105-wipes': wipes,
};
