/**
 * The audit log: who asked for which change, when, from where, and how it ended. A line is written in the transaction of
 * its change. Each carries a hash over itself and the hash before it, so that no line can be edited, taken out or moved
 * without breaking the chain; that the end was cut off is seen by whoever kept a checkpoint (a line's hash) elsewhere.
 */
import { hash as digest } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { CompiledQuery, Kysely, Transaction } from 'kysely';
import { isPostgres, onWrite, statements } from './database.ts';

export type AuditTable = {
  /** Counts from 1, without gaps. */
  sequence: number;
  at: string;
  /** `Principal.id`; `service` for what the service did of its own accord. */
  actor: string;
  label: string;
  /** The address that the request came from. */
  address: string | null;
  request: string | null;
  /** `METHOD /path`. */
  action: string;
  /** What was sent, as JSON without secrets. */
  input: string | null;
  /** `begun`: hardware was asked; another line says how it ended, unless the service died in between. */
  outcome: 'done' | 'begun' | 'refused' | 'failed';
  /** Of the error. */
  code: string | null;
  hash: string;
};
export type WithAudit = { audit: AuditTable };
export type AuditLine = Omit<AuditTable, 'sequence' | 'at' | 'hash'>;

/** What to keep outside of the database. */
export type Checkpoint = { sequence: number; hash: string };
export type Verdict = { lines: number; head: Checkpoint; fault: string | null };

const START: Checkpoint = { sequence: 0, hash: '0'.repeat(64) };

/** A migration creates it. That nothing is changed or taken out is the database's rule as well as ours. */
export async function createAuditTable(db: Kysely<never>): Promise<void> {
  const run = statements(db);
  await run(`create table audit (
    sequence integer primary key, at text not null, actor text not null, label text not null, address text,
    request text, action text not null, input text, outcome text not null, code text, hash text not null)`);
  const rule = 'the audit log is only ever added to';
  if (isPostgres(db)) {
    await run(`create function audit_is_added_to() returns trigger language plpgsql as
      $$ begin raise exception '${rule}'; end $$`);
    await run(`create trigger audit_no_change before update or delete or truncate on audit
      for each statement execute function audit_is_added_to()`);
    return;
  }
  for (const change of ['update', 'delete']) {
    await run(`create trigger audit_no_${change} before ${change} on audit
      begin select raise(abort, '${rule}'); end`);
  }
}

/** The canonical form: a JSON array of the fields in this order, after the hash of the line before. */
function hashOf(before: string, line: Omit<AuditTable, 'hash'>): string {
  const { sequence, at, actor, label, address, request, action, input, outcome, code } = line;
  const fields = [before, sequence, at, actor, label, address, request, action, input, outcome, code];
  return digest('sha256', JSON.stringify(fields));
}

const COLUMNS = [
  ...([
    'sequence',
    'at',
    'actor',
    'label',
    'address',
    'request',
    'action',
    'input',
    'outcome',
    'code',
  ] as const),
  'hash',
] as const;

/**
 * Writes the log. It keeps the end of the chain in memory: transactions run one after the other, and no other process
 * writes. Whoever rolls back a transaction with a line in it must say so by `forget`, before another one begins.
 */
export class AuditLog {
  readonly #insert: CompiledQuery;
  #head: Checkpoint | undefined;

  constructor(db: Kysely<never>) {
    const row = Object.fromEntries(COLUMNS.map((column) => [column, '']));
    this.#insert = (db as unknown as Kysely<WithAudit>)
      .insertInto('audit')
      .values(row as unknown as AuditTable)
      .compile();
    onWrite(db, { lost: () => this.forget() });
  }

  /** Adds a line, in the transaction of what it tells. */
  async append(trx: Transaction<WithAudit>, line: AuditLine): Promise<void> {
    const head = this.#head ?? (await readHead(trx));
    const row = { ...line, sequence: head.sequence + 1, at: new Date().toISOString() };
    const whole: AuditTable = { ...row, hash: hashOf(head.hash, row) };
    await trx.executeQuery({ ...this.#insert, parameters: COLUMNS.map((column) => whole[column]) });
    this.#head = { sequence: whole.sequence, hash: whole.hash };
  }

  forget(): void {
    this.#head = undefined;
  }
}

async function readHead(trx: Transaction<WithAudit>): Promise<Checkpoint> {
  const last = await trx
    .selectFrom('audit')
    .select(['sequence', 'hash'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last ?? START;
}

/** Lines after `after`, oldest first. */
export async function listAudit<Schema extends WithAudit>(
  db: Kysely<Schema>,
  after: number,
  limit: number,
): Promise<AuditTable[]> {
  return await (db as unknown as Kysely<WithAudit>)
    .selectFrom('audit')
    .selectAll()
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .execute();
}

type Reader = (after: number, limit: number) => Promise<AuditTable[]> | AuditTable[];
const PAGE = 500;

/** Follows the whole chain. `fault` says what is wrong first; `checkpoint` is one that was kept outside. */
export async function verifyAudit(read: Reader, checkpoint?: Checkpoint): Promise<Verdict> {
  let head = START;
  const verdict = (fault: string | null): Verdict => ({ lines: head.sequence, head, fault });
  for (;;) {
    const page = await read(head.sequence, PAGE);
    for (const row of page) {
      if (row.sequence !== head.sequence + 1) {
        return verdict(
          `Line ${head.sequence + 1} is missing: line ${row.sequence} comes after ${head.sequence}.`,
        );
      }
      if (row.hash !== hashOf(head.hash, row)) {
        return verdict(
          `Line ${row.sequence} is not as it was written, or not what followed line ${head.sequence}.`,
        );
      }
      head = { sequence: row.sequence, hash: row.hash };
      if (checkpoint?.sequence === head.sequence && checkpoint.hash !== head.hash) {
        return verdict(
          `Line ${head.sequence} is another than that of the checkpoint: the log was written anew.`,
        );
      }
    }
    if (page.length < PAGE) break;
  }
  if (checkpoint && checkpoint.sequence > head.sequence) {
    return verdict(
      `The log ends at line ${head.sequence}, before line ${checkpoint.sequence} of the checkpoint.`,
    );
  }
  return verdict(null);
}

/** The lines of a database file, for verifying one that no service runs on. */
export const auditReader =
  (database: DatabaseSync): Reader =>
  (after, limit) =>
    database
      .prepare('select * from audit where sequence > ? order by sequence limit ?')
      .all(after, limit) as unknown as AuditTable[];
