/**
 * A client of the OVSDB management protocol (RFC 7047): JSON-RPC 1.0 over a stream. It keeps one connection and
 * does not reconnect: whoever holds it knows what was in flight and what a lost answer means.
 */
import { createConnection, type Socket } from 'node:net';
import { JsonTextSplitter } from './framing.ts';
import type { Row } from './values.ts';

export type Address = { path: string } | { host: string; port: number };

export type ClientOptions = {
  signal: AbortSignal;
  /** For the connection and for each request. */
  timeoutMs: number;
};

/** RFC 7047 section 5.2: one operation of a transaction. */
export type Operation = { readonly op: string; readonly [member: string]: unknown };
/** What an operation came to: rows of a select, count of an update or a mutate. */
export type Outcome = { readonly rows?: readonly Row[]; readonly count?: number };

/** RFC 7047 section 4.1.6: tables, then rows by uuid, then what is new and what was old. */
export type TableUpdates = { [table: string]: { [uuid: string]: { old?: Row; new?: Row } } };

/** The server answered, and the answer is no. The connection is still good. */
export class OvsdbError extends Error {
  override readonly name = 'OvsdbError';
}

/** The connection is lost or was never there; whether a request in flight was carried out cannot be known. */
export class OvsdbLost extends Error {
  override readonly name = 'OvsdbLost';
}

type Waiting = { resolve: (result: unknown) => void; reject: (error: Error) => void; timer: NodeJS.Timeout };

export class OvsdbClient {
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #monitors = new Map<string, (updates: TableUpdates) => void>();
  readonly #splitter = new JsonTextSplitter();
  readonly #signal: AbortSignal;
  readonly #onAbort = () => this.#lose(new OvsdbLost('the session was aborted'));
  readonly #ended = new AbortController();
  #lost: OvsdbLost | undefined;
  #lastId = 0;

  private constructor(socket: Socket, options: ClientOptions) {
    this.#socket = socket;
    this.#timeoutMs = options.timeoutMs;
    this.#signal = options.signal;
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#lose(new OvsdbLost(error.message, { cause: error })));
    socket.on('close', () => this.#lose(new OvsdbLost('the switch closed the connection')));
  }

  /** Throws OvsdbLost when nobody answers there in time. */
  static async connect(address: Address, options: ClientOptions): Promise<OvsdbClient> {
    if (options.signal.aborted) throw new OvsdbLost('the session was aborted');
    const socket = createConnection(address);
    const client = new OvsdbClient(socket, options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('connect', resolve);
    socket.once('close', () => reject(client.#lost));
    const timer = setTimeout(
      () => client.#lose(new OvsdbLost(`no connection in ${options.timeoutMs} ms`)),
      options.timeoutMs,
    );
    try {
      await promise;
    } finally {
      clearTimeout(timer);
    }
    socket.setNoDelay(true);
    return client;
  }

  /** Aborted, with an OvsdbLost as its reason, when the connection is lost or closed. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** RFC 7047 section 4: a request, and the `result` of its response. */
  call(method: string, params: readonly unknown[]): Promise<unknown> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // A server that is late once has an unknown number of our requests before it: the connection is given up.
    const timer = setTimeout(
      () => this.#lose(new OvsdbLost(`no answer to "${method}" in ${this.#timeoutMs} ms`)),
      this.#timeoutMs,
    );
    this.#waiting.set(id, { resolve, reject, timer });
    this.#send({ method, params, id });
    return promise;
  }

  /**
   * RFC 7047 section 4.1.3: all operations or none. The answer has one outcome for each operation, or this throws
   * OvsdbError: an operation that failed, and a commit that failed (one result more than operations), are both told
   * inside a successful response.
   */
  async transact(database: string, operations: readonly Operation[]): Promise<Outcome[]> {
    const results = await this.call('transact', [database, ...operations]);
    if (!Array.isArray(results)) throw new OvsdbError('the answer to a transaction is not a list');
    for (const [index, result] of results.entries()) {
      if (result?.error === undefined || result.error === null) continue;
      const what = operations[index]?.op ?? 'commit';
      throw new OvsdbError(`${what}: ${result.error}${result.details ? ` (${result.details})` : ''}`);
    }
    if (
      results.length !== operations.length ||
      results.some((result) => typeof result !== 'object' || !result)
    ) {
      throw new OvsdbError(`${operations.length} operations were answered by ${JSON.stringify(results)}`);
    }
    return results;
  }

  /**
   * RFC 7047 section 4.1.5. `onUpdates` is called with what the tables hold now, before this resolves, and again
   * with every change.
   */
  async monitor(
    database: string,
    tables: { readonly [table: string]: { readonly columns: readonly string[] } },
    onUpdates: (updates: TableUpdates) => void,
  ): Promise<void> {
    const id = `monitor-${this.#monitors.size + 1}`;
    this.#monitors.set(id, onUpdates);
    const initial = await this.call('monitor', [database, id, tables]);
    onUpdates(initial as TableUpdates);
  }

  /** Ends the connection and everything that waits on it. */
  close(): void {
    this.#lose(new OvsdbLost('the session is closed'));
  }

  #send(message: object): void {
    this.#socket.write(JSON.stringify(message));
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#splitter.push(chunk)) this.#handle(message as Message);
    } catch (error) {
      this.#lose(
        new OvsdbLost(`what answers is no OVSDB server: ${(error as Error).message}`, { cause: error }),
      );
    }
  }

  #handle(message: Message): void {
    if (message.method === 'echo') {
      // Section 4.1.11: the server asks whether we live, and hangs up when we do not answer.
      this.#send({ result: message.params, error: null, id: message.id });
    } else if (message.method === 'update') {
      const [id, updates] = message.params as [string, TableUpdates];
      this.#monitors.get(id)?.(updates);
    } else if (message.method === undefined) {
      this.#answer(message);
    }
  }

  #answer(message: Message): void {
    const waiting = this.#waiting.get(message.id as number);
    if (waiting === undefined) return;
    this.#waiting.delete(message.id as number);
    clearTimeout(waiting.timer);
    if (message.error === null || message.error === undefined) waiting.resolve(message.result);
    else waiting.reject(new OvsdbError(explain(message.error)));
  }

  #lose(why: OvsdbLost): void {
    if (this.#lost !== undefined) return;
    this.#lost = why;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#socket.destroy();
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(why);
    }
    this.#waiting.clear();
    this.#ended.abort(why);
  }
}

type Message = { id?: unknown; method?: string; params?: unknown; result?: unknown; error?: unknown };

function explain(error: unknown): string {
  if (typeof error === 'string') return error;
  const { error: name, details } = error as { error?: string; details?: string };
  return [name, details].filter(Boolean).join(': ') || JSON.stringify(error);
}
