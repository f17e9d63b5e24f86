/** The tables of identity. Of a service's own it knows `projects` alone, by their names: that table comes first. */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Change, WithChanges } from '../changes.ts';
import type { WithEvents } from '../events.ts';
import type { Role } from '../principal.ts';

export type UserTable = {
  name: string;
  role: Role;
  /** Of scrypt; null for one who cannot log in. */
  password: string | null;
  disabled: 0 | 1;
  created_at: string;
};

export type MemberTable = { user: string; project: string };

export type TokenTable = {
  id: string;
  hash: string;
  role: Role;
  /** The project that a `member` token acts for; null for the other roles, and for all those of its user. */
  project: string | null;
  /** The user whose token it is: it may never do more than that user may now. */
  user: string | null;
  /** The token that this one is a copy of, and ends with. */
  parent: string | null;
  label: string;
  created_at: string;
  expires_at: string | null;
  /** By the hour: a write for each request would cost more than knowing is worth. */
  last_used_at: string | null;
};

export type WithIdentity = { users: UserTable; members: MemberTable; tokens: TokenTable };

/** What the rules of identity see of a service's database. */
export type IdentitySchema = WithIdentity & WithChanges & WithEvents & { projects: { name: string } };
export type Database = Kysely<IdentitySchema>;
export type Trx = Transaction<IdentitySchema>;
export type IdentityChange = Change<IdentitySchema>;

/** A migration creates them, after `projects (name text primary key)`. */
export async function createIdentityTables(db: Kysely<never>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);
  await run(`create table users (
    name text primary key,
    role text not null check (role in ('admin', 'operator', 'member', 'auditor')),
    password text,
    disabled integer not null,
    created_at text not null)`);
  await run(`create table members (
    "user" text not null references users (name) on delete cascade,
    project text not null references projects (name) on delete cascade,
    primary key ("user", project))`);
  await run(`create table tokens (
    id text primary key,
    hash text not null unique,
    role text not null check (role in ('admin', 'operator', 'service', 'member', 'auditor')),
    project text references projects (name),
    "user" text references users (name) on delete cascade,
    parent text references tokens (id) on delete cascade,
    label text not null,
    created_at text not null,
    expires_at text,
    last_used_at text,
    check (project is null or role = 'member'),
    check (role <> 'member' or project is not null or "user" is not null))`);
  await run('create index tokens_parent on tokens (parent)');
}
