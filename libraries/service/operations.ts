/**
 * Operations: durable records of long work, with steps, progress, outcome and cause.
 *
 * An operation is a row, written in the same transaction as the desired state that it serves, and a function that
 * makes it so. After a crash every unfinished operation is run again from its first step: a step must therefore do
 * nothing where its work is already done.
 */
import { EventEmitter, once } from 'node:events';
import type { Kysely, Transaction } from 'kysely';
import { BullionError, type ErrorBody, messageOf } from './errors.ts';
import { uuidv7 } from './ids.ts';
import type { Logger } from './log.ts';
import {
  type Operation,
  type OperationState,
  type OperationTable,
  operationNotFound,
  type Step,
  toOperation,
  type WithOperations,
} from './operation.ts';

export type OperationContext<Input> = {
  readonly id: string;
  readonly input: Input;
  /** Aborted when the service closes (the operation goes on at the next start) or the operation is cancelled. */
  readonly signal: AbortSignal;
  /** Runs one step and records it. Steps are re-run after a crash. */
  step<Result>(
    name: string,
    work: (note: (text: string) => Promise<void>) => Promise<Result>,
  ): Promise<Result>;
};

type Runner = (context: OperationContext<never>) => Promise<void>;

/** Thrown into an operation's steps when the service closes: the operation stays `running` and is resumed. */
class ServiceClosing extends Error {}

export class Operations {
  readonly #db: Kysely<WithOperations>;
  readonly #log: Logger;
  readonly #runners = new Map<string, Runner>();
  readonly #active = new Map<string, { controller: AbortController; done: Promise<void> }>();
  /** Emits an operation's id when it is over. */
  readonly #over = new EventEmitter().setMaxListeners(0);
  readonly #waits = new Set<Promise<Operation>>();
  readonly #closing = new AbortController();

  constructor(db: Kysely<never>, log: Logger) {
    this.#db = db as unknown as Kysely<WithOperations>;
    this.#log = log;
  }

  /** Says how operations of `kind` are carried out. To be called before `resume`. */
  define<Input>(kind: string, run: (context: OperationContext<Input>) => Promise<void>): void {
    this.#runners.set(kind, run as unknown as Runner);
  }

  /** Writes the record in the caller's transaction; `start` it after the commit. Returns its id. */
  async create<Schema extends WithOperations>(
    trx: Transaction<Schema>,
    operation: { kind: string; subject: string; project: string | null; input: unknown },
  ): Promise<string> {
    const id = uuidv7();
    await (trx as unknown as Transaction<WithOperations>)
      .insertInto('operations')
      .values({
        id,
        kind: operation.kind,
        subject: operation.subject,
        project: operation.project,
        state: 'running',
        input: JSON.stringify(operation.input),
        steps: '[]',
        error: null,
        created_at: new Date().toISOString(),
        finished_at: null,
      })
      .execute();
    return id;
  }

  /** Begins (or goes on with) an operation. Does nothing where it runs already. */
  start(id: string): void {
    if (this.#closing.signal.aborted || this.#active.has(id)) return;
    const controller = new AbortController();
    const done = this.#run(id, controller.signal)
      .catch((error: unknown) =>
        this.#log.error({ operation: id, error: messageOf(error) }, 'operation lost its record'),
      )
      .finally(() => {
        this.#active.delete(id);
        this.#over.emit(id);
      });
    this.#active.set(id, { controller, done });
  }

  /** Goes on with whatever a former process left unfinished. */
  async resume(): Promise<void> {
    const rows = await this.#db
      .selectFrom('operations')
      .select('id')
      .where('state', '=', 'running')
      .orderBy('id')
      .execute();
    for (const { id } of rows) this.start(id);
  }

  /**
   * Ends an operation from outside: its signal is aborted, and it fails with `reason` as its cause after its own
   * clean-up. One that has ended already, or finishes all the same, stays as it is.
   */
  async cancel(id: string, reason: BullionError): Promise<void> {
    this.start(id); // One that was written but not started must find its end too.
    const active = this.#active.get(id);
    active?.controller.abort(reason);
    await active?.done;
  }

  async get(id: string): Promise<Operation> {
    const row = await this.#db.selectFrom('operations').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) throw operationNotFound(id);
    return toOperation(row);
  }

  /** The operation when it has ended, or as it stands after `milliseconds` or when the service closes. */
  async wait(id: string, milliseconds: number): Promise<Operation> {
    const wait = this.#look(id, milliseconds);
    this.#waits.add(wait);
    return await wait.finally(() => this.#waits.delete(wait));
  }

  async #look(id: string, milliseconds: number): Promise<Operation> {
    const enough = AbortSignal.any([AbortSignal.timeout(milliseconds), this.#closing.signal]);
    for (;;) {
      // Listen before looking, or an end between the two would be missed.
      const listening = new AbortController();
      const end = once(this.#over, id, {
        signal: AbortSignal.any([enough, listening.signal]),
      }).catch(() => {});
      try {
        const operation = await this.get(id);
        if (operation.state !== 'running' || enough.aborted) return operation;
        await end;
      } finally {
        listening.abort();
      }
    }
  }

  /** Stops all runners and ends all waits; the operations stay `running` and go on at the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    const active = [...this.#active.values()];
    for (const { controller } of active) controller.abort(new ServiceClosing('The service is closing.'));
    await Promise.all(active.map(({ done }) => done));
    // Each looks once more, at a database that is still open.
    await Promise.allSettled(this.#waits);
  }

  async #run(id: string, signal: AbortSignal): Promise<void> {
    const row = await this.#db.selectFrom('operations').selectAll().where('id', '=', id).executeTakeFirst();
    if (row?.state !== 'running') return;
    const steps: Step[] = [];
    try {
      const runner = this.#runners.get(row.kind);
      if (!runner) {
        throw new BullionError(
          'internal',
          'operation_unknown',
          `Nothing here runs operations of kind "${row.kind}".`,
          {
            hint: 'It was begun by another version of this service; begin it anew.',
          },
        );
      }
      await runner(this.#contextOf(row, signal, steps));
      // A runner that swallowed the abort may have left work undone; running it again does nothing where it has not.
      if (signal.reason instanceof ServiceClosing) return;
      await this.#finish(id, 'succeeded', null, steps);
    } catch (thrown) {
      const error = signal.aborted && signal.reason instanceof Error ? signal.reason : thrown;
      if (error instanceof ServiceClosing) return;
      const { kind, subject } = row;
      this.#log.warn({ operation: id, kind, subject, ...reasonOf(error) }, 'operation failed');
      await this.#finish(id, 'failed', asError(error), steps);
    }
  }

  #contextOf(row: OperationTable, signal: AbortSignal, steps: Step[]): OperationContext<never> {
    const save = async () => {
      await this.#db
        .updateTable('operations')
        .set({ steps: JSON.stringify(steps) })
        .where('id', '=', row.id)
        .execute();
    };
    return {
      id: row.id,
      input: JSON.parse(row.input) as never,
      signal,
      async step(name, work) {
        signal.throwIfAborted();
        const step: Step = { name, startedAt: new Date().toISOString() };
        steps.push(step);
        await save();
        const result = await work(async (text) => {
          if (step.note === text) return;
          step.note = text;
          await save();
        });
        // Saved with the beginning of the next step, or the end of all: it is not worth a wait for the disk of its own.
        step.finishedAt = new Date().toISOString();
        return result;
      },
    };
  }

  async #finish(
    id: string,
    state: OperationState,
    error: ErrorBody['error'] | null,
    steps: readonly Step[],
  ): Promise<void> {
    const ended = { state, error: error && JSON.stringify(error), finished_at: new Date().toISOString() };
    await this.#db
      .updateTable('operations')
      .set({ ...ended, steps: JSON.stringify(steps) })
      .where('id', '=', id)
      .execute();
  }
}

/** What the tenant is told. A defect's own words may hold anything, so they go to the log alone. */
function asError(error: unknown): ErrorBody['error'] {
  if (error instanceof BullionError) return error.toBody().error;
  return {
    code: 'internal',
    message: 'The operation failed by a defect of the service; nothing more is known to it.',
    hint: 'Give the operator the id of the operation: the cause is in the service log.',
  };
}

function reasonOf(error: unknown): { error: string; stack?: string | undefined } {
  if (error instanceof BullionError || !(error instanceof Error)) return { error: messageOf(error) };
  return { error: error.message, stack: error.stack };
}
