/** The kysely driver over a group commit: what writes takes its turn in a group, what only reads does not wait for it. */
import {
  type CompiledQuery,
  type DatabaseConnection,
  DeleteQueryNode,
  type Driver,
  InsertQueryNode,
  type QueryResult,
  SelectQueryNode,
  TableNode,
  type TransactionSettings,
  UpdateQueryNode,
} from 'kysely';
import { type Control, GroupCommit } from './group-commit.ts';

type Result = QueryResult<unknown>;

/** Reads what is committed, all of one moment from `begin` to `end`. */
export type Snapshot = { read(query: CompiledQuery): Result | Promise<Result>; end(): void | Promise<void> };

/** A database as the driver uses it. */
export type Engine = Control & {
  open(): Promise<void>;
  /** On the connection that writes. */
  write(query: CompiledQuery): Result | Promise<Result>;
  /** What is committed; left out where there is no other connection, and reads take their turn too. */
  read?(query: CompiledQuery): Result | Promise<Result>;
  snapshot?(): Snapshot | Promise<Snapshot>;
  close(): void | Promise<void>;
};

export type WriteListener = {
  /** Something was committed. Told before who did it is; `wrote` says whether a table may have changed. */
  committed?(wrote: (table: string) => boolean): void;
  /** What transactions wrote, though they had ended well, was not kept. Told before others begin. */
  lost?(): void;
};

const ANY = '*';

export class GroupedDriver implements Driver {
  readonly #engine: Engine;
  readonly #groups: GroupCommit;
  readonly #listeners: WriteListener[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#groups = new GroupCommit(engine, {
      committed: (tables) => {
        const wrote = (table: string) => tables.has(table) || tables.has(ANY);
        for (const listener of this.#listeners) listener.committed?.(wrote);
      },
      lost: () => {
        for (const listener of this.#listeners) listener.lost?.();
      },
    });
  }

  onWrite(listener: WriteListener): void {
    this.#listeners.push(listener);
  }

  init(): Promise<void> {
    return this.#engine.open();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return new Connection(this.#engine, this.#groups);
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    await (connection as Connection).begin(settings.accessMode === 'read only');
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as Connection).end('commit');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (connection as Connection).end('rollback');
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    await this.#groups.close();
    await this.#engine.close();
  }
}

/** One user of the database: a query, or a transaction from its beginning to its end. */
class Connection implements DatabaseConnection {
  readonly #engine: Engine;
  readonly #groups: GroupCommit;
  #within: 'group' | Snapshot | undefined;

  constructor(engine: Engine, groups: GroupCommit) {
    this.#engine = engine;
    this.#groups = groups;
  }

  async begin(readOnly: boolean): Promise<void> {
    if (readOnly && this.#engine.snapshot) {
      this.#within = await this.#engine.snapshot();
    } else {
      await this.#groups.begin();
      this.#within = 'group';
    }
  }

  /** A commit that failed has ended it already; kysely rolls back then all the same. */
  async end(how: 'commit' | 'rollback'): Promise<void> {
    const within = this.#within;
    this.#within = undefined;
    if (within === 'group') await this.#groups[how]();
    else await within?.end();
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    return (await this.#execute(query)) as QueryResult<Row>;
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query);
  }

  async #execute(query: CompiledQuery): Promise<Result> {
    if (this.#within === 'group') {
      this.#groups.requireWhole();
      return await this.#write(query);
    }
    const reader = this.#within ?? (SelectQueryNode.is(query.query) ? this.#engine : undefined);
    if (reader?.read) {
      const result = await reader.read(query);
      await this.#groups.settled();
      return result;
    }
    await this.#groups.begin();
    let result: Result;
    try {
      result = await this.#write(query);
    } catch (error) {
      await this.#groups.rollback();
      throw error;
    }
    await this.#groups.commit();
    return result;
  }

  async #write(query: CompiledQuery): Promise<Result> {
    const result = await this.#engine.write(query);
    if (!SelectQueryNode.is(query.query) && result.numAffectedRows !== 0n) this.#groups.wrote(tableOf(query));
    return result;
  }
}

/** The table that a statement writes to; any, where it does not say. */
function tableOf({ query }: CompiledQuery): string {
  const node = InsertQueryNode.is(query)
    ? query.into
    : UpdateQueryNode.is(query)
      ? query.table
      : DeleteQueryNode.is(query)
        ? query.from.froms[0]
        : undefined;
  return node && TableNode.is(node) ? node.table.identifier.name : ANY;
}
