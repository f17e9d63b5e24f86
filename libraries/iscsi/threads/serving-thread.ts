/**
 * The main thread's end of a serving thread: gives it orders, and starts another in its place, on the same port and
 * with the same targets, when it ends by itself.
 */
import { Worker } from 'node:worker_threads';
import { IscsiError } from '../errors.ts';
import { messageOf } from '../message.ts';
import { foldName } from '../names.ts';
import {
  errorOf,
  type FileTarget,
  type FromThread,
  type Order,
  type Orders,
  type ThreadOptions,
} from './messages.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5000;
/** A thread that served so long was well: the next one may start soon. */
const WELL_MS = 10_000;
/** An order takes as long as a flush; nobody waits for a thread that hangs. */
const ORDER_MS = 60_000;

export type ThreadEvents = {
  event(name: string, info: unknown): void;
  /** It ended, another serves in its place; `lost` are targets that could not be served again, and why. */
  restarted(reason: string, lost: ReadonlyMap<string, string>): void;
};

type Answer = { resolve(value: unknown): void; reject(error: Error): void; timer: NodeJS.Timeout };

export class ServingThread {
  readonly targets = new Map<string, FileTarget>();
  #port = 0;
  readonly #hosts: readonly string[];
  readonly #events: ThreadEvents;
  readonly #answers = new Map<number, Answer>();
  #worker: Worker | undefined;
  #nextId = 1;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(hosts: readonly string[], events: ThreadEvents) {
    this.#hosts = hosts;
    this.#events = events;
  }

  /** Where it listens, at each of the hosts; the same after a restart. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const workerData: ThreadOptions = { hosts: this.#hosts, port: this.#port };
    const worker = new Worker(new URL('./serve-thread.ts', import.meta.url), { workerData });
    const startedAt = performance.now();
    let cause = 'It ended.';
    this.#worker = worker;
    worker.on('error', (error) => {
      cause = messageOf(error);
    });
    const ready = Promise.withResolvers<number>();
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'ready') ready.resolve(message.port);
      else if (message.kind === 'failed') ready.reject(errorOf(message.failure));
      else if (message.kind === 'event') this.#events.event(message.name, message.info);
      else this.#answered(message);
    });
    worker.once('exit', () => {
      ready.reject(gone(cause));
      this.#worker = undefined;
      for (const id of [...this.#answers.keys()]) this.#take(id)?.reject(gone(cause));
      if (this.#closing || this.#port === 0) return;
      if (performance.now() - startedAt > WELL_MS) this.#pauseMs = FIRST_PAUSE_MS;
      this.#restartSoon(cause);
    });
    this.#port = await ready.promise;
  }

  #restartSoon(reason: string): void {
    this.#timer = setTimeout(() => {
      // When it does not start, its exit has planned the next try.
      this.#restart(reason).catch(() => undefined);
    }, this.#pauseMs);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
  }

  async #restart(reason: string): Promise<void> {
    await this.start();
    const lost = new Map<string, string>();
    for (const [name, target] of this.targets) {
      await this.#order('add', target).catch((error) => lost.set(name, messageOf(error)));
    }
    this.#events.restarted(reason, lost);
  }

  async add(target: FileTarget): Promise<void> {
    await this.#order('add', target);
    this.targets.set(foldName(target.name), target);
  }

  async remove(name: string, graceMs: number): Promise<void> {
    this.targets.delete(foldName(name));
    await this.#order('remove', name, graceMs);
  }

  async limit(name: string, limits: Parameters<Orders['limit']>[1]): Promise<void> {
    await this.#order('limit', name, limits);
    const folded = foldName(name);
    this.targets.set(folded, { ...this.targets.get(folded)!, limits });
  }

  accounting(): Promise<ReturnType<Orders['accounting']>> {
    return this.#order('accounting');
  }

  /** Ends its sessions, flushes its disks; rejects when a flush fails, and is gone then too. */
  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    const worker = this.#worker;
    if (worker === undefined) return;
    try {
      await this.#order('close');
    } finally {
      await worker.terminate();
    }
  }

  /** For tests: as if it had crashed. */
  async crash(): Promise<void> {
    await this.#worker?.terminate();
  }

  #order<Name extends Order>(
    order: Name,
    ...values: Parameters<Orders[Name]>
  ): Promise<ReturnType<Orders[Name]>> {
    const worker = this.#worker;
    if (worker === undefined) return Promise.reject(gone('It is being started anew.'));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const timer = setTimeout(() => this.#take(id)?.reject(gone('It does not answer.')), ORDER_MS);
      this.#answers.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      worker.postMessage({ id, order, values });
    });
  }

  #take(id: number): Answer | undefined {
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    clearTimeout(answer?.timer);
    return answer;
  }

  #answered({ id, value, failure }: Extract<FromThread, { kind: 'answer' }>): void {
    const answer = this.#take(id);
    if (failure === undefined) answer?.resolve(value);
    else answer?.reject(errorOf(failure));
  }
}

const gone = (why: string): IscsiError =>
  new IscsiError('thread_ended', `The thread that serves the target is not there: ${why}`, {
    hint: 'It is started anew by itself; try again in a moment.',
  });
