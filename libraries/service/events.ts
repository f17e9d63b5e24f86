/** The record of what happened: appended in the transaction that changed the state, so it can never miss a change. */
import type { Generated, Kysely, Transaction } from 'kysely';

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

export class Events {
  readonly #db: Kysely<WithEvents>;

  constructor(db: Kysely<never>) {
    this.#db = db as unknown as Kysely<WithEvents>;
  }

  /** Appends in the caller's transaction, whatever other tables it has. */
  async append<Schema extends WithEvents>(trx: Transaction<Schema>, event: NewEvent): Promise<void> {
    await (trx as unknown as Transaction<WithEvents>)
      .insertInto('events')
      .values({
        at: new Date().toISOString(),
        kind: event.kind,
        subject: event.subject,
        project: event.project,
        data: JSON.stringify(event.data ?? {}),
      })
      .execute();
  }

  /** Events after `sequence`, oldest first; of one project, or all for `undefined`. */
  async list(after: number, project: string | undefined, limit = 200): Promise<EventRecord[]> {
    let query = this.#db.selectFrom('events').selectAll().where('sequence', '>', after);
    if (project !== undefined) query = query.where('project', '=', project);
    const rows = await query.orderBy('sequence').limit(limit).execute();
    return rows.map((row) => ({ ...row, data: JSON.parse(row.data) as Record<string, unknown> }));
  }
}
