/** SQLite over `node:sqlite`: a file that one process has at a time, one connection that writes, others that read. */
import { closeSync, existsSync, fdatasync, openSync, statSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { CompiledQuery, QueryResult } from 'kysely';
import { BullionError, messageOf } from '../errors.ts';
import type { Engine, Snapshot } from './driver.ts';

const BUSY_MS = 1000;
/** More pages of the write-ahead log than this (16 MiB) are taken over into the database, at a commit. */
const CHECKPOINT_PAGES = 4000;
/** Preparing a statement costs as much as running it. Lists of values have a statement for each length. */
const STATEMENTS_MAX = 500;

const datasync = promisify(fdatasync);

type Prepared = { statement: StatementSync; reads: boolean };

/** A connection with its prepared statements. */
class Statements {
  readonly database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  run({ sql, parameters }: CompiledQuery): QueryResult<unknown> {
    const { statement, reads } = this.#prepared.get(sql) ?? this.#prepare(sql);
    const values = parameters as SQLInputValue[];
    if (reads) return { rows: statement.all(...values) };
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  #prepare(sql: string): Prepared {
    const statement = this.database.prepare(sql);
    const prepared = { statement, reads: statement.columns().length > 0 };
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size >= STATEMENTS_MAX) this.#prepared.delete(oldest!);
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

/** All that is open: what nobody refers to is collected as garbage, and a lock with it. */
const held = new Set<DatabaseSync>();

/**
 * Opens the file, or a database in memory for `:memory:`. Throws `database_in_use`, or `database_unusable` where it
 * cannot be opened or written, or is damaged; it leaves the file as it is then.
 */
export function openSqlite(path: string): Engine {
  const opened: DatabaseSync[] = [];
  const open = (file: string, options = {}) => {
    const database = new DatabaseSync(file, { timeout: BUSY_MS, ...options });
    opened.push(database);
    held.add(database);
    return database;
  };
  let log: number | undefined;
  const close = () => {
    if (log !== undefined) closeSync(log);
    log = undefined;
    for (const database of opened.splice(0).reverse()) {
      held.delete(database);
      database.close();
    }
  };
  try {
    if (path !== ':memory:') {
      if (existsSync(path) && statSync(path).size > 0) checkUntouched(path);
      // Ends with the process, however it ends. The database itself cannot be locked: its own readers must get in.
      open(`${path}.lock`).exec('pragma locking_mode = exclusive; begin exclusive');
    }
    const database = open(path, { enableForeignKeyConstraints: true });
    database.exec(`pragma journal_mode = wal; pragma synchronous = full;
      pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    requireWritable(database);
    const writer = new Statements(database);
    const engine: Engine = {
      begin: 'begin immediate',
      open: async () => {},
      control: (statements) => database.exec(statements),
      inTransaction: () => database.isTransaction,
      write: (query) => writer.run(query),
      close,
    };
    if (path === ':memory:') return engine;
    // From here on a commit leaves the log in the hands of the kernel, and `sync` has it written without holding up
    // whatever else this process does. SQLite itself syncs around each checkpoint (sqlite.org/pragma.html#pragma_synchronous),
    // and keeps the same log file as long as it is open.
    database.exec('pragma synchronous = normal');
    log = openSync(`${path}-wal`, 'r+');
    const sync = () => datasync(log!);
    const openReader = () => new Statements(open(path, { readOnly: true }));
    const reader = openReader();
    const idle: Statements[] = [];
    const snapshot = () => snapshotOf(idle.pop() ?? openReader(), (ended) => void idle.push(ended));
    return { ...engine, sync, read: (query) => reader.run(query), snapshot };
  } catch (cause) {
    close();
    throw cannotOpen(path, cause);
  }
}

/** What is committed in a file that is open elsewhere, beside whoever writes it and without ever being in its way. */
export function readSqlite(path: string): Engine {
  let reader: Statements;
  try {
    reader = new Statements(new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS }));
  } catch (cause) {
    throw cannotOpen(path, cause);
  }
  held.add(reader.database);
  return {
    begin: 'begin',
    open: async () => {},
    control: (statements) => reader.database.exec(statements),
    inTransaction: () => reader.database.isTransaction,
    // Refused by SQLite, unless it only reads.
    write: (query) => reader.run(query),
    read: (query) => reader.run(query),
    close() {
      held.delete(reader.database);
      reader.database.close();
    },
  };
}

/** On a connection of its own: in a transaction, others on it would read what was, also after a commit of their own. */
function snapshotOf(reader: Statements, done: (reader: Statements) => void): Snapshot {
  reader.database.exec('begin');
  return {
    read: (query) => reader.run(query),
    end() {
      reader.database.exec('commit');
      done(reader);
    },
  };
}

/** Reads all of it through a connection that cannot write: not even its log is taken over into a damaged file. */
function checkUntouched(path: string): void {
  const reader = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
  try {
    const verdict = reader.prepare('pragma quick_check(1)').get() as { quick_check: string };
    if (verdict.quick_check !== 'ok') throw new Error(verdict.quick_check);
  } finally {
    reader.close();
  }
}

/** A real write, which a full disk or a read-only file refuses now instead of at the first request. */
function requireWritable(database: DatabaseSync): void {
  const { user_version } = database.prepare('pragma user_version').get() as { user_version: number };
  database.exec(`pragma user_version = ${user_version}`);
}

function cannotOpen(path: string, cause: unknown): BullionError {
  if (/database is locked/.test(messageOf(cause))) {
    return new BullionError(
      'conflict',
      'database_in_use',
      `The database ${path} is in use by another process.`,
      { hint: 'End the service that runs on it already, or choose another folder.', cause },
    );
  }
  return new BullionError(
    'internal',
    'database_unusable',
    `The database ${path} cannot be used: ${messageOf(cause)}.`,
    {
      hint: 'Check that the disk has room, that the file is writable and not damaged; restore it from a backup if it is. Nothing was changed.',
      cause,
    },
  );
}
