/** Numbered migrations: added at the end, never edited. */
import { createChangeTables, createServiceTables } from '@bullion/service';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const initial: Migration = {
  async up(db: Kysely<never>) {
    await createServiceTables(db);
    const run = (statement: string) => sql.raw(statement).execute(db);
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
      version integer not null,
      verified_version integer not null,
      doubted integer not null,
      observed text,
      error text,
      primary key (switch, name))`);
    await run(`create table nodes (
      name text primary key,
      project text references projects (name),
      state text not null check (state in ('free', 'allocated', 'releasing')),
      allocation text,
      firmware text not null check (firmware in ('bios', 'uefi')),
      bmc_driver text not null,
      bmc_settings text not null,
      created_at text not null,
      check ((state = 'free') = (project is null)))`);
    await run(`create table nics (
      node text not null references nodes (name),
      name text not null,
      mac text not null unique,
      switch text,
      port text,
      primary key (node, name),
      unique (switch, port),
      foreign key (switch, port) references ports (switch, name),
      check ((switch is null) = (port is null)))`);
    await run(`create table networks (
      name text primary key,
      project text references projects (name),
      vlan integer not null unique check (vlan between 1 and 4094),
      isolated integer not null,
      public integer not null,
      created_at text not null)`);
    await run(`create table network_access (
      network text not null references networks (name),
      project text not null references projects (name),
      primary key (network, project))`);
    await run(`create table attachments (
      node text not null,
      nic text not null,
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
    const run = (statement: string) => sql.raw(statement).execute(db);
    await run('alter table projects add column max_nodes integer check (max_nodes >= 0)');
    await run('alter table projects add column max_networks integer check (max_networks >= 0)');
    await run(`create table users (
      name text primary key,
      role text not null check (role in ('admin', 'operator', 'member', 'auditor')),
      password text,
      disabled integer not null,
      created_at text not null)`);
    await run(`create table members (
      user text not null references users (name) on delete cascade,
      project text not null references projects (name) on delete cascade,
      primary key (user, project))`);
    // A check cannot be altered in place.
    await run(`create table tokens_0002 (
      id text primary key,
      hash text not null unique,
      role text not null check (role in ('admin', 'operator', 'service', 'member', 'auditor')),
      project text references projects (name),
      user text references users (name) on delete cascade,
      parent text references tokens (id) on delete cascade,
      label text not null,
      created_at text not null,
      expires_at text,
      last_used_at text,
      check (project is null or role = 'member'),
      check (role <> 'member' or project is not null or user is not null))`);
    await run(`insert into tokens_0002 (id, hash, role, project, label, created_at)
      select id, hash, role, project, label, created_at from tokens`);
    await run('drop table tokens');
    await run('alter table tokens_0002 rename to tokens');
    await run('create index tokens_parent on tokens (parent)');
  },
};

const nodeMetadata: Migration = {
  async up(db: Kysely<never>) {
    await sql`create table node_metadata (
      node text not null references nodes (name) on delete cascade,
      label text not null,
      value text not null,
      primary key (node, label))`.execute(db);
  },
};

export const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-identity': identity,
  '0003-node-metadata': nodeMetadata,
};
