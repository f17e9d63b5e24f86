/**
 * PostgreSQL: one connection that writes, which also holds the lock by which one process has the database at a time,
 * and a few that read. Writes go in groups as on SQLite: one process writes, so nothing is won by doing so in parallel.
 */
import {
  type CompiledQuery,
  HandleEmptyInListsPlugin,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  replaceWithNoncontingentExpression,
} from 'kysely';
import pg from 'pg';
import { BullionError, invalid, messageOf } from '../errors.ts';
import type { Language } from './dialect.ts';
import type { Engine, Snapshot } from './driver.ts';

export const isPostgresUrl = (where: string): boolean => /^postgres(ql)?:\/\//.test(where);

export const postgres: Language = {
  createAdapter: () => new PostgresAdapter(),
  createQueryCompiler: () => new PostgresQueryCompiler(),
  createIntrospector: (db) => new PostgresIntrospector(db),
  // SQLite takes `in ()`, PostgreSQL does not.
  plugins: [new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })],
};

/** Of the advisory lock that says that a process of ours has this database: "bull". */
const LOCK = 0x62756c6c;
const READERS = 4;
const CONNECT_MS = 10_000;
const STATEMENT_MS = 60_000;
const STATEMENTS_MAX = 500;

/** Whole numbers are numbers, also those of 64 bits: none of ours is as large as 2^53. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * With `?schema=NAME` all tables are in that schema, which is made where it is not there: services that share a database
 * have one each. It is a parameter of ours, and not PostgreSQL's.
 */
export function inSchema(url: string, schema: string): string {
  const at = new URL(url);
  at.searchParams.set('schema', schema);
  return at.href;
}

const schemaOf = (url: string): string | null =>
  URL.canParse(url) ? new URL(url).searchParams.get('schema') : null;

/** `settings` as PostgreSQL's command line takes them. */
function configOf(url: string, ...settings: string[]): pg.ClientConfig {
  const at = new URL(url);
  const schema = schemaOf(url);
  const options = [at.searchParams.get('options'), schema && `-c search_path=${schema}`, ...settings];
  at.searchParams.delete('schema');
  at.searchParams.delete('options');
  return {
    connectionString: at.href,
    types,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    keepAlive: true,
    application_name: 'bullion',
    options: options.filter(Boolean).join(' '),
  };
}

export function openPostgres(url: string): Engine {
  const config = configOf(url);
  const schema = schemaOf(url);
  const names = new StatementNames();
  const readers = new pg.Pool({ ...config, max: READERS });
  readers.on('error', () => {}); // An idle one was lost; another is opened when it is needed.
  let writer: pg.Client | undefined;
  let inTransaction = false;

  const connect = async () => {
    const client = new pg.Client(config);
    const lost = () => {
      if (writer !== client) return;
      writer = undefined;
      inTransaction = false;
    };
    client.on('error', lost).on('end', lost);
    try {
      await client.connect();
      const { rows } = await (schema === null
        ? client.query('select pg_try_advisory_lock($1) as locked', [LOCK])
        : client.query('select pg_try_advisory_lock($1, hashtext($2)) as locked', [LOCK, schema]));
      if (!rows[0].locked) throw inUse(url);
      if (schema !== null)
        await client.query(`create schema if not exists ${client.escapeIdentifier(schema)}`);
    } catch (error) {
      await client.end().catch(() => {});
      throw error instanceof BullionError ? error : unusable(url, error);
    }
    writer = client;
  };
  /** Without the lock another process may be at work: nothing is read or written then. */
  const locked = (): pg.Client => {
    if (writer) return writer;
    throw new Error('the connection was lost');
  };

  return {
    begin: 'begin isolation level serializable',
    open: connect,
    async control(statements) {
      if (writer === undefined) {
        // Connected again for the next one; this one fails, and whoever remembers what it read is told by that.
        await connect();
        throw new Error('the connection was lost, and was made anew');
      }
      await writer.query(statements);
      if (statements.startsWith('begin')) inTransaction = true;
      if (statements === 'commit' || statements === 'rollback') inTransaction = false;
    },
    inTransaction: () => inTransaction,
    write: (query) => ask(locked(), names, query),
    async read(query) {
      locked();
      return await ask(readers, names, query);
    },
    async snapshot(): Promise<Snapshot> {
      locked();
      const client = await readers.connect();
      await client.query('begin isolation level repeatable read read only');
      return {
        read: (query) => ask(client, names, query),
        async end() {
          const failed = await client.query('commit').then(() => false, Boolean);
          client.release(failed);
        },
      };
    },
    async close() {
      const client = writer;
      writer = undefined;
      await client?.end();
      await readers.end();
    },
  };
}

/** What is committed, on one connection that cannot write and needs no lock. */
export function readPostgres(url: string): Engine {
  const names = new StatementNames();
  const client = new pg.Client(configOf(url, '-c default_transaction_read_only=on'));
  let lost: Error | undefined;
  client.on('error', (error) => void (lost = error));
  let within = false;
  const read = async (query: CompiledQuery) => {
    if (lost) throw unusable(url, lost);
    return await ask(client, names, query);
  };
  return {
    begin: 'begin',
    async open() {
      await client.connect().catch((error: unknown) => {
        throw unusable(url, error);
      });
    },
    async control(statements) {
      await client.query(statements);
      within = statements.startsWith('begin') || (within && !/^(commit|rollback)$/.test(statements));
    },
    inTransaction: () => within,
    // Refused by PostgreSQL, unless it only reads.
    write: read,
    read,
    close: () => client.end(),
  };
}

/** Statements that were named are planned once a connection. */
class StatementNames {
  readonly #names = new Map<string, string>();

  /** Undefined for what comes when there are many: lists of values have a statement for each length. */
  of(sql: string): string | undefined {
    const known = this.#names.get(sql);
    if (known !== undefined || this.#names.size >= STATEMENTS_MAX) return known;
    const name = `s${this.#names.size}`;
    this.#names.set(sql, name);
    return name;
  }
}

async function ask(
  client: pg.ClientBase | pg.Pool,
  names: StatementNames,
  { sql, parameters, query }: CompiledQuery,
): Promise<QueryResult<unknown>> {
  // What a migration does is done once.
  const name = query.kind.endsWith('QueryNode') ? names.of(sql) : undefined;
  try {
    const { command, rowCount, rows } = await client.query({
      text: sql,
      values: parameters as unknown[],
      ...(name === undefined ? {} : { name }),
    });
    const writes = ['INSERT', 'UPDATE', 'DELETE'].includes(command);
    return { rows, ...(writes ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}) };
  } catch (error) {
    throw (error as { code?: string }).code === '22021' ? unstorable() : error;
  }
}

const unstorable = () =>
  invalid(
    'text_unstorable',
    'A text of the request holds a NUL character, which cannot be stored.',
    'Leave it out and send the request again; nothing was changed.',
  );

/** The server and the database, without the password. */
function nameOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${pathname.slice(1)} of ${host || 'this machine'}`;
  } catch {
    return 'that was named';
  }
}

const inUse = (url: string) =>
  new BullionError(
    'conflict',
    'database_in_use',
    `The PostgreSQL database ${nameOf(url)} is in use by another process.`,
    { hint: 'End the service that runs on it already, or choose another database.' },
  );

const unusable = (url: string, cause: unknown) =>
  new BullionError(
    'internal',
    'database_unusable',
    `The PostgreSQL database ${nameOf(url)} cannot be used: ${messageOf(cause)}.`,
    { hint: 'Check that the server runs, that the database exists, and the user and its password.', cause },
  );
