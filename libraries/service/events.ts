/** The record of what happened: appended in the transaction that changed the state, so it can never miss a change. */
import { EventEmitter, once } from 'node:events';
import type { CompiledQuery, Generated, Kysely, Transaction } from 'kysely';
import { onWrite } from './database.ts';

export type EventTable = {
  sequence: Generated<number>;
  at: string;
  /** `noun.verb`, e.g. `node.allocated`. */
  kind: string;
  /** What it happened to, e.g. `node/n1`. */
  subject: string;
  /** The project that may see it; null is for operators only. */
  project: string | null;
  data: string;
};
export type WithEvents = { events: EventTable };

export type EventRecord = {
  sequence: number;
  at: string;
  kind: string;
  subject: string;
  project: string | null;
  data: Record<string, unknown>;
};
export type NewEvent = Pick<EventRecord, 'kind' | 'subject' | 'project'> & { data?: Record<string, unknown> };

/** How long a stream of events trusts that it hears of each, and then looks for itself, in milliseconds. */
const LOOK_MS = 5000;
const PAGE = 200;

export class Events {
  readonly #db: Kysely<WithEvents>;
  readonly #insert: CompiledQuery;
  /** Emits when events were committed. */
  readonly #appended = new EventEmitter().setMaxListeners(0);
  readonly #closing = new AbortController();

  constructor(db: Kysely<never>) {
    this.#db = db as unknown as Kysely<WithEvents>;
    // Compiled once: every change writes an event.
    const none = { at: '', kind: '', subject: '', project: '', data: '' };
    this.#insert = this.#db.insertInto('events').values(none).compile();
    const committed = (wrote: (table: string) => boolean) =>
      void (wrote('events') && this.#appended.emit('appended'));
    onWrite(db, { committed });
  }

  /** Appends in the caller's transaction, whatever other tables it has. */
  async append<Schema extends WithEvents>(trx: Transaction<Schema>, event: NewEvent): Promise<void> {
    const { kind, subject, project, data = {} } = event;
    const parameters = [new Date().toISOString(), kind, subject, project, JSON.stringify(data)];
    await trx.executeQuery({ ...this.#insert, parameters });
  }

  /** Events after `sequence`, oldest first; of some projects, or all for `undefined`. */
  async list(after: number, projects: readonly string[] | undefined, limit = PAGE): Promise<EventRecord[]> {
    let query = this.#db.selectFrom('events').selectAll().where('sequence', '>', after);
    if (projects !== undefined) query = query.where('project', 'in', projects);
    const rows = await query.orderBy('sequence').limit(limit).execute();
    return rows.map((row) => ({ ...row, data: JSON.parse(row.data) as Record<string, unknown> }));
  }

  /** The number of the last event; 0 before the first. */
  async last(): Promise<number> {
    const row = await this.#db
      .selectFrom('events')
      .select(({ fn }) => fn.max('sequence').as('last'))
      .executeTakeFirst();
    return Number(row?.last ?? 0);
  }

  /**
   * Events after `sequence` and what happens from then on, in pages; an empty page when nothing has happened for a
   * while. `look` reads one, as its caller may see it. Ends with `signal`, or when the service closes.
   */
  async *follow(
    sequence: number,
    look: (after: number) => Promise<EventRecord[]>,
    signal: AbortSignal,
  ): AsyncGenerator<EventRecord[]> {
    const end = AbortSignal.any([signal, this.#closing.signal]);
    for (let after = sequence; !end.aborted; ) {
      // Listen before looking, or what is written between the two would be missed.
      const listening = new AbortController();
      const waiting = AbortSignal.any([end, listening.signal, AbortSignal.timeout(LOOK_MS)]);
      const appended = once(this.#appended, 'appended', { signal: waiting }).catch(() => {});
      try {
        const events = await look(after);
        after = events.at(-1)?.sequence ?? after;
        yield events;
        if (events.length === 0) await appended;
      } finally {
        listening.abort();
      }
    }
  }

  /** Ends all streams. */
  close(): void {
    this.#closing.abort();
  }
}
