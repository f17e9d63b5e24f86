/** Numbered migrations: added at the end, never edited. */
import {
  createChangeTables,
  createHookTable,
  createIdentityTables,
  createServiceTables,
  statements,
} from '@bullion/service';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { networkNames } from './network-names.ts';

const initial: Migration = {
  async up(db: Kysely<never>) {
    await createServiceTables(db);
    const run = statements(db);
    await run(`create table projects (name text primary key, created_at text not null)`);
    await run(`create table tokens (
      id text primary key,
      hash text not null unique,
      role text not null check (role in ('operator', 'service', 'member')),
      project text references projects (name),
      label text not null,
      created_at text not null,
      check ((role = 'member') = (project is not null)))`);
    await run(`create table switches (
      name text primary key, driver text not null, settings text not null, created_at text not null)`);
    await run(`create table ports (
      switch text not null references switches (name),
      name text not null,
      version integer not null, verified_version integer not null, doubted integer not null,
      observed text, error text,
      primary key (switch, name))`);
    await run(`create table nodes (
      name text primary key,
      project text references projects (name),
      state text not null check (state in ('free', 'allocated', 'releasing')),
      allocation text,
      firmware text not null check (firmware in ('bios', 'uefi')),
      bmc_driver text not null, bmc_settings text not null, created_at text not null,
      check ((state = 'free') = (project is null)))`);
    await run(`create table nics (
      node text not null references nodes (name),
      name text not null, mac text not null unique, switch text, port text,
      primary key (node, name),
      unique (switch, port),
      foreign key (switch, port) references ports (switch, name),
      check ((switch is null) = (port is null)))`);
    await run(`create table networks (
      name text primary key,
      project text references projects (name),
      vlan integer not null unique check (vlan between 1 and 4094),
      isolated integer not null, public integer not null, created_at text not null)`);
    await run(`create table network_access (
      network text not null references networks (name),
      project text not null references projects (name),
      primary key (network, project))`);
    await run(`create table attachments (
      node text not null, nic text not null,
      network text not null references networks (name),
      mode text not null check (mode in ('native', 'tagged')),
      state text not null check (state in ('attached', 'detaching')),
      port_version integer not null,
      primary key (node, nic, network),
      foreign key (node, nic) references nics (node, name))`);
    // A port has one native network; one that is being taken off does not count.
    await run(`create unique index attachments_native on attachments (node, nic)
      where mode = 'native' and state <> 'detaching'`);
  },
};

const identity: Migration = {
  async up(db: Kysely<never>) {
    await createChangeTables(db);
    const run = statements(db);
    await run('alter table projects add column max_nodes integer check (max_nodes >= 0)');
    await run('alter table projects add column max_networks integer check (max_networks >= 0)');
    // A check cannot be altered in place: the tokens move to a new table.
    await run('alter table tokens rename to tokens_0001');
    await createIdentityTables(db);
    await run(`insert into tokens (id, hash, role, project, label, created_at)
      select id, hash, role, project, label, created_at from tokens_0001`);
    await run('drop table tokens_0001');
  },
};

const nodeMetadata: Migration = {
  async up(db: Kysely<never>) {
    await sql`create table node_metadata (
      node text not null references nodes (name) on delete cascade,
      label text not null, value text not null,
      primary key (node, label))`.execute(db);
  },
};

/** What is looked for by its project or network, in a data centre of 10,000 nodes. */
const indexes: Migration = {
  async up(db: Kysely<never>) {
    const run = statements(db);
    await run('create index nodes_project on nodes (project)');
    await run('create index networks_project on networks (project)');
    await run('create index network_access_project on network_access (project)');
    await run('create index tokens_project on tokens (project)');
    await run('create index members_project on members (project)');
    await run('create index operations_project on operations (project)');
    await run('create index attachments_network on attachments (network)');
  },
};

const drift: Migration = {
  async up(db: Kysely<never>) {
    await sql`alter table switches add column drift text not null default 'repair'
      check (drift in ('repair', 'report'))`.execute(db);
    await sql`alter table ports add column drifted integer not null default 0`.execute(db);
  },
};

const consoleLogs: Migration = {
  async up(db: Kysely<never>) {
    const run = (statement: string) => sql.raw(statement).execute(db);
    await run(`create table console_logs (
      allocation text primary key,
      node text not null,
      project text not null references projects (name) on delete cascade,
      started_at text not null,
      ended_at text)`);
    await run('create index console_logs_project on console_logs (project, allocation)');
    await sql`insert into console_logs (allocation, node, project, started_at)
      select allocation, name, project, ${new Date().toISOString()} from nodes where allocation is not null`.execute(
      db,
    );
  },
};

const leases: Migration = {
  async up(db: Kysely<never>) {
    const run = (statement: string) => sql.raw(statement).execute(db);
    await run('alter table nodes add column owner text references projects (name)');
    await run(`create table leases (
      id text primary key,
      node text not null references nodes (name),
      owner text references projects (name),
      project text not null references projects (name),
      starts_at text not null, ends_at text not null, notice_seconds integer not null,
      state text not null check (state in ('scheduled', 'active', 'ended')),
      allocation text, recalled_at text, ended_at text,
      warned integer not null, due_at text, cause text,
      created_at text not null,
      check (starts_at < ends_at))`);
    await run('create index leases_due on leases (due_at)');
    await run('create index leases_node on leases (node, starts_at)');
  },
};

const nodeLife: Migration = {
  async up(db: Kysely<never>) {
    await createHookTable(db);
    await sql`alter table nodes add column maintenance text`.execute(db);
    await sql`create table inspections (
      node text primary key references nodes (name) on delete cascade,
      token_hash text, token_expires_at text, facts text, inspected_at text)`.execute(db);
  },
};

/** Deleting a project asks of each table what it holds; without these, by reading all of it. */
const ownerIndexes: Migration = {
  async up(db: Kysely<never>) {
    const run = (statement: string) => sql.raw(statement).execute(db);
    await run('create index nodes_owner on nodes (owner)');
    await run('create index leases_owner on leases (owner)');
    await run('create index leases_project on leases (project)');
  },
};

const wiping: Migration = {
  async up(db: Kysely<never>) {
    await sql`alter table nodes add column wiping integer not null default 0`.execute(db);
  },
};

export const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-identity': identity,
  '0003-node-metadata': nodeMetadata,
  '0020-network-names': networkNames,
  '0021-drift': drift,
  '0022-console-logs': consoleLogs,
  '0030-indexes': indexes,
  '0040-leases': leases,
  '0041-node-life': nodeLife,
  '0042-owner-indexes': ownerIndexes,
  '0043-wiping': wiping,
};
