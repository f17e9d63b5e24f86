/**
 * Group commit: transactions run one after the other, each as a savepoint of one outer transaction, which is committed
 * when nobody waits any more or when it is full. So many of them share one wait for the disk, and while the disk is
 * waited for the next group gathers.
 *
 * What holds:
 * - A transaction is acknowledged only when the outer one is on the disk; what nobody was told of may be lost.
 * - One that throws is rolled back to its savepoint, and its neighbours do not notice.
 * - Where the outer one cannot be committed, all in it fail and none of it is kept.
 * - Nobody outside of the group sees any of it before it is on the disk: what reads besides, reads on another
 *   connection, and is answered after `settled`.
 * - A transaction waits for nothing but the database: until it ends, its neighbours are not acknowledged.
 */
import { BullionError, messageOf } from '../errors.ts';

/** The connection that writes. SQLite answers at once, PostgreSQL later. */
export type Control = {
  /** Runs statements that return nothing. */
  control(statements: string): void | Promise<void>;
  /** The database's own way to begin a transaction. */
  readonly begin: string;
  /** False where the database has given up the outer transaction by itself: a full disk, a lost connection. */
  inTransaction(): boolean;
  /** Waits until what was committed is on the disk; left out where the commit itself does. */
  sync?(): Promise<void>;
};

export type Told = {
  /** A group, which wrote to these tables, is on the disk. Called before any of its members is told. */
  committed(tables: ReadonlySet<string>): void;
  /** Nothing of a group was kept. Called before anything else can begin. */
  lost(): void;
};

/** A group that is this old, in milliseconds, or this large is committed though others wait. */
const GROUP_MS = 5;
const GROUP_MAX = 64;

type Group = { begun: number; members: number; tables: Set<string>; done: PromiseWithResolvers<void> };

export class GroupCommit {
  readonly #connection: Control;
  readonly #told: Told;
  readonly #waiting: (() => void)[] = [];
  #taken = false;
  #scheduled = false;
  #closed: Error | undefined;
  #group: Group | undefined;
  /** The group that was committed and is not on the disk yet. */
  #syncing: Promise<void> | undefined;

  constructor(connection: Control, told: Told) {
    this.#connection = connection;
    this.#told = told;
  }

  /** Waits for its turn. Between this and `commit` or `rollback` the connection is the caller's alone. */
  async begin(): Promise<void> {
    await this.#turn();
    try {
      if (this.#closed) throw this.#closed;
      if (this.#group !== undefined) return await this.#connection.control('savepoint member');
      await this.#connection.control(`${this.#connection.begin}; savepoint member`);
      const done = Promise.withResolvers<void>();
      this.#group = { begun: performance.now(), members: 0, tables: new Set(), done };
      done.promise.catch(() => {}); // None of its members may get as far as to wait for it.
    } catch (error) {
      await this.#fail(error);
      this.#pass();
      throw notWritten(error);
    }
  }

  /** Notes that the transaction that has the turn writes to `table`. */
  wrote(table: string): void {
    this.#group?.tables.add(table);
  }

  /** Resolves when the whole group is on the disk. */
  async commit(): Promise<void> {
    const group = this.#group!;
    try {
      this.requireWhole();
      await this.#connection.control('release member');
      group.members++;
      if (group.members >= GROUP_MAX || performance.now() - group.begun >= GROUP_MS) await this.#commit();
    } catch (error) {
      await this.#fail(error);
    }
    this.#pass();
    await group.done.promise;
  }

  async rollback(): Promise<void> {
    try {
      this.requireWhole();
      await this.#connection.control('rollback to member; release member');
    } catch (error) {
      await this.#fail(error);
    }
    this.#pass();
  }

  /** After an error SQLite may have rolled back everything: what came now would be committed by itself. */
  requireWhole(): void {
    if (!this.#connection.inTransaction()) throw new Error('the database gave up the transaction');
  }

  /** Resolves when all that others can read by now is on the disk. */
  async settled(): Promise<void> {
    if (this.#closed) throw notWritten(this.#closed);
    await this.#syncing;
  }

  /** Commits what has begun before it, and lets nothing more begin. */
  async close(): Promise<void> {
    await this.#turn();
    await this.#syncing?.catch(() => {});
    await this.#commit();
    await this.#syncing?.catch(() => {});
    this.#closed ??= new Error('the database is closed');
    this.#pass();
  }

  async #turn(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#taken = true;
  }

  #pass(): void {
    const next = this.#waiting.shift();
    // The turn goes from hand to hand: nobody who comes now is faster.
    if (next) {
      next();
    } else {
      this.#taken = false;
      this.#schedule();
    }
  }

  /** After all requests that have arrived already: they are read before this runs. */
  #schedule(): void {
    if (this.#scheduled || this.#group === undefined || this.#syncing) return;
    this.#scheduled = true;
    setImmediate(async () => {
      this.#scheduled = false;
      if (this.#taken) return; // Whoever has the turn passes it on, and comes by here again.
      await this.#turn();
      await this.#commit();
      this.#pass();
    });
  }

  /** Does nothing while the group before is on its way to the disk: this one is committed when that has arrived. */
  async #commit(): Promise<void> {
    const group = this.#group;
    if (group === undefined || this.#syncing) return;
    try {
      if (this.#closed) throw this.#closed;
      await this.#connection.control('commit');
    } catch (error) {
      return await this.#fail(error);
    }
    this.#group = undefined;
    if (!this.#connection.sync) return this.#arrived(group);
    this.#syncing = this.#sync(group, this.#connection.sync());
    this.#syncing.catch(() => {}); // The members are told; who reads meanwhile may be nobody.
  }

  async #sync(group: Group, synced: Promise<void>): Promise<void> {
    try {
      await synced;
      this.#arrived(group);
    } catch (cause) {
      // What the disk holds is not known any more: nothing is answered until the database was opened anew.
      this.#closed = notWritten(cause);
      group.done.reject(this.#closed);
      throw this.#closed;
    } finally {
      this.#syncing = undefined;
      this.#schedule();
    }
  }

  #arrived(group: Group): void {
    this.#told.committed(group.tables);
    group.done.resolve();
  }

  /** Of the group nothing is kept, and all in it are told. */
  async #fail(error: unknown): Promise<void> {
    const group = this.#group;
    this.#group = undefined;
    try {
      if (this.#connection.inTransaction()) await this.#connection.control('rollback');
    } catch {
      // The connection is gone, and the transaction with it.
    }
    this.#told.lost();
    group?.done.reject(notWritten(error));
  }
}

function notWritten(cause: unknown): BullionError {
  if (cause instanceof BullionError) return cause;
  return new BullionError(
    'unavailable',
    'database_not_written',
    `The database did not write: ${messageOf(cause)}.`,
    {
      hint: 'Check that its disk has room and works, and start the service anew if it stays.',
      cause,
    },
  );
}
