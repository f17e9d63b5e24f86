/**
 * Changes: what a request writes, in one transaction with its line of the audit log and, where it carries an
 * `Idempotency-Key`, with its answer. The same request under the same key is given that answer again and changes
 * nothing, also after a crash. What is refused is written down in a transaction of its own.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { Kysely, Transaction } from 'kysely';
import { type AuditLine, AuditLog, createAuditTable, type WithAudit } from './audit.ts';
import { statements, transact } from './database.ts';
import { BullionError, invalid } from './errors.ts';
import type { Events, WithEvents } from './events.ts';
import type { Principal } from './principal.ts';
import type { SecretBox } from './secrets.ts';

export type AnswerTable = {
  caller: string;
  key: string;
  /** A `Kept`, encrypted: answers may hold tokens, and requests passwords. */
  sealed: string;
  created_at: string;
};
export type WithChanges = WithAudit & { answers: AnswerTable };

export type Change<Schema> = {
  readonly trx: Transaction<Schema>;
  readonly principal: Principal;
  /** Appends an event; a null `project` makes it the operator's alone. */
  tell(kind: string, subject: string, project: string | null, data?: Record<string, unknown>): Promise<void>;
  /** Runs `effect` after the commit: for what would act on the change, or would tell of it. */
  after(effect: () => void): void;
};
/** Writes what a request changes; its answer is kept with it. To be called once by each request. */
export type Commit<Schema> = <Answer>(work: (change: Change<Schema>) => Promise<Answer>) => Promise<Answer>;

export type Answered = { status: number; body: unknown };
type Kept = Answered & { fingerprint: string };
type Key = { caller: string; key: string; fingerprint: string };

/** The service itself, which acts for every project. */
const SELF: Principal = {
  id: 'service',
  role: 'service',
  label: 'the service itself',
  projects: [],
  project: null,
};
/** How long an answer is kept, in milliseconds. */
const KEEP_MS = 24 * 3600_000;
/** More of a request's body than this is not written down, in characters. */
const INPUT_MAX = 4096;

/** Thrown out of a transaction that another request with the same key was ahead of. */
class AnsweredAlready extends Error {
  readonly answered: Answered;
  constructor(answered: Answered) {
    super();
    this.answered = answered;
  }
}

export async function createChangeTables(db: Kysely<never>): Promise<void> {
  await createAuditTable(db);
  const run = statements(db);
  await run(`create table answers (caller text not null, key text not null, sealed text not null,
    created_at text not null, primary key (caller, key))`);
  await run('create index answers_created on answers (created_at)');
}

export class Changes<Schema extends WithChanges> {
  readonly #db: Kysely<WithChanges>;
  readonly #audit: AuditLog;
  readonly #secrets: SecretBox;
  readonly #events: Events;
  readonly #keys = new WeakMap<FastifyRequest, Key>();

  constructor(db: Kysely<Schema>, secrets: SecretBox, events: Events) {
    this.#events = events;
    this.#db = db as unknown as Kysely<WithChanges>;
    this.#audit = new AuditLog(db as never);
    this.#secrets = secrets;
  }

  /** Answers a request that changes something: as before, or by `handle`, which must commit once. */
  async perform(
    request: FastifyRequest,
    status: number,
    handle: (commit: Commit<Schema>) => Promise<unknown>,
  ): Promise<Answered> {
    const key = keyOf(request);
    if (key) this.#keys.set(request, key);
    const before = key && (await this.#kept(this.#db, key));
    if (before) return before;
    let committed = false;
    const commit: Commit<Schema> = async (work) => {
      committed = true;
      return await this.#commit(request, status, work);
    };
    try {
      const body = await handle(commit);
      if (!committed) throw new Error(`${lineOf(request).action} was not committed`);
      return { status, body };
    } catch (error) {
      if (error instanceof AnsweredAlready) return error.answered;
      throw error;
    }
  }

  /** Writes down that hardware is about to be asked: for what is done outside of the database. */
  async begin(request: FastifyRequest): Promise<void> {
    await this.#transaction((trx) =>
      this.#audit.append(trx, { ...lineOf(request), outcome: 'begun', code: null }),
    );
  }

  /** Writes down that a request was refused, and keeps the refusal as its answer; a failure may be tried again. */
  async refuse(request: FastifyRequest, error: BullionError): Promise<void> {
    const outcome = error.status < 500 ? 'refused' : 'failed';
    const key = this.#keys.get(request);
    const reused = error.code === KEY_REUSED;
    await this.#transaction(async (trx) => {
      if (key && outcome === 'refused' && !reused) {
        await this.#keep(trx, key, { status: error.status, body: error.toBody() });
      }
      await this.#audit.append(trx, { ...lineOf(request), outcome, code: error.code });
    });
  }

  /** A change that no request asked for. */
  async own<Answer>(action: string, work: (change: Change<Schema>) => Promise<Answer>): Promise<Answer> {
    const line = { actor: SELF.id, label: SELF.label, address: null, request: null, input: null };
    return await this.#write(SELF, work, (trx) =>
      this.#audit.append(trx, { ...line, action, outcome: 'done', code: null }),
    );
  }

  async #transaction<Answer>(work: (trx: Transaction<WithChanges>) => Promise<Answer>): Promise<Answer> {
    return await transact(this.#db, async (trx) => {
      try {
        return await work(trx);
      } catch (error) {
        this.#audit.forget(); // A line that it wrote is rolled back with it.
        throw error;
      }
    });
  }

  async #commit<Answer>(
    request: FastifyRequest,
    status: number,
    work: (change: Change<Schema>) => Promise<Answer>,
  ): Promise<Answer> {
    const key = this.#keys.get(request);
    const first = async (change: Change<Schema>) => {
      const before = key && (await this.#kept(change.trx as unknown as Transaction<WithChanges>, key));
      if (before) throw new AnsweredAlready(before);
      return await work(change);
    };
    return await this.#write(request.principal, first, async (trx, answer) => {
      await this.#audit.append(trx, { ...lineOf(request), outcome: 'done', code: null });
      if (key) await this.#keep(trx, key, { status, body: answer ?? {} });
    });
  }

  /** What is changed and what is recorded of it, in one transaction; then its effects. */
  async #write<Answer>(
    principal: Principal,
    work: (change: Change<Schema>) => Promise<Answer>,
    record: (trx: Transaction<WithChanges>, answer: Answer) => Promise<void>,
  ): Promise<Answer> {
    const effects: (() => void)[] = [];
    const answer = await this.#transaction(async (trx) => {
      effects.length = 0; // It may be run again.
      const answer = await work({
        trx: trx as unknown as Transaction<Schema>,
        principal,
        tell: (kind, subject, project, data = {}) =>
          this.#events.append(trx as unknown as Transaction<WithEvents>, { kind, subject, project, data }),
        after: (effect) => void effects.push(effect),
      });
      await record(trx, answer);
      return answer;
    });
    for (const effect of effects) effect();
    return answer;
  }

  /** Throws where the key was used for another request. */
  async #kept(db: Kysely<WithChanges>, { caller, key, fingerprint }: Key): Promise<Answered | undefined> {
    const row = await db
      .selectFrom('answers')
      .select('sealed')
      .where('caller', '=', caller)
      .where('key', '=', key)
      .where('created_at', '>', new Date(Date.now() - KEEP_MS).toISOString())
      .executeTakeFirst();
    if (!row) return undefined;
    const kept = this.#secrets.open<Kept>(row.sealed, `answer/${caller}/${key}`);
    if (kept.fingerprint === fingerprint) return { status: kept.status, body: kept.body };
    throw new BullionError(
      'unprocessable',
      KEY_REUSED,
      `The Idempotency-Key "${key}" was used for another request.`,
      {
        hint: 'Give each request a key of its own; repeat one only with all that it said.',
      },
    );
  }

  async #keep(trx: Transaction<WithChanges>, { caller, key, fingerprint }: Key, answered: Answered) {
    const kept: Kept = { ...answered, fingerprint };
    const sealed = this.#secrets.seal(kept, `answer/${caller}/${key}`);
    const created_at = new Date().toISOString();
    const old = new Date(Date.now() - KEEP_MS).toISOString();
    await trx.deleteFrom('answers').where('created_at', '<=', old).execute();
    await trx
      .insertInto('answers')
      .values({ caller, key, sealed, created_at })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

const KEY_REUSED = 'idempotency_key_reused';

function keyOf(request: FastifyRequest): Key | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalid(
      'idempotency_key_invalid',
      'The Idempotency-Key is not 1 to 255 visible ASCII characters.',
      'Send a random one, such as a UUID; nothing was changed.',
    );
  }
  const asked = JSON.stringify([request.method, request.url, spoken(request.body)]);
  return { caller: request.principal.id, key, fingerprint: createHash('sha256').update(asked).digest('hex') };
}

/** A body that a route takes as a stream is no part of what was asked: it is read as it comes, and may be of any size. */
const spoken = (body: unknown): unknown => (body instanceof Readable ? null : (body ?? null));

const SECRET = /password|secret|settings|keys|token/i;

/** An address may have its secret in it: a user's password, or a signature in the query. */
function withoutSecrets(field: string, value: unknown): unknown {
  if (SECRET.test(field)) return '[secret]';
  if (typeof value !== 'string' || !/^https?:\/\//i.test(value)) return value;
  return value.replace(/^([^/]*\/\/)[^/?#]*@/, '$1').replace(/\?.*/s, '?[secret]');
}

/** What the log says of a request. Secrets are left out by the names of their fields. */
function lineOf({
  principal,
  ip,
  id,
  method,
  url,
  body,
}: FastifyRequest): Omit<AuditLine, 'outcome' | 'code'> {
  const text = JSON.stringify(spoken(body), withoutSecrets);
  return {
    actor: principal.id,
    label: principal.label,
    address: ip,
    request: id,
    action: `${method} ${url.replace(/([?&]ticket=)[^&]*/g, '$1[secret]').slice(0, 500)}`,
    input: text === 'null' ? null : text.slice(0, INPUT_MAX).toWellFormed(),
  };
}
