/**
 * Consoles: the serial line of every held node, recorded to a file a lease while the project holds the node, so that it
 * can be read without the node, and after a boot that failed. A BMC has one console session; it is ours, and readers
 * share it. Everything here goes by the allocation: the next tenant of a node has another log.
 */
import { EventEmitter, once } from 'node:events';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, unavailable } from '@bullion/service';
import type { Context } from './context.ts';
import type { Console } from './drivers/bmc/driver.ts';
import { bmcOf } from './power.ts';
import type { NodeTable } from './store/schema.ts';

type Recording = { stop: AbortController; done: Promise<void>; console: Console | undefined };
type Held = NodeTable & { allocation: string };

export type ConsoleOptions = {
  /** The wait before a lost console is tried again, in milliseconds; it doubles up to `retryMaxMs`. */
  retryMs: number;
  retryMaxMs: number;
};

const DEFAULTS: ConsoleOptions = { retryMs: 1000, retryMaxMs: 60_000 };
/** A reader that asks for no more is sent this much of the end. */
const DEFAULT_TAIL_BYTES = 64 * 1024;

export class Consoles {
  readonly #context: Context;
  readonly #folder: string;
  readonly #options: ConsoleOptions;
  /** By allocation. */
  readonly #recordings = new Map<string, Recording>();
  /** Emits an allocation when its log has grown or its recording has ended. */
  readonly #grown = new EventEmitter().setMaxListeners(0);
  #closing = false;

  constructor(context: Context, folder: string, options: Partial<ConsoleOptions> = {}) {
    this.#context = context;
    this.#folder = folder;
    this.#options = { ...DEFAULTS, ...options };
  }

  /** Records every node that a project holds. */
  async start(): Promise<void> {
    const nodes = await this.#context.db
      .selectFrom('nodes')
      .selectAll()
      .where('state', '<>', 'free')
      .execute();
    for (const node of nodes) this.record(node);
  }

  /** Begins to record a held node. Whatever fails is tried again; it is never the caller's trouble. */
  record(node: NodeTable): void {
    if (this.#closing || !isHeld(node) || this.#recordings.has(node.allocation)) return;
    const recording: Recording = { stop: new AbortController(), console: undefined, done: Promise.resolve() };
    this.#recordings.set(node.allocation, recording);
    recording.done = this.#keepRecording(node, recording);
  }

  /** Ends the recording of an allocation and the session at the BMC. The log stays. */
  async stop(allocation: string): Promise<void> {
    const recording = this.#recordings.get(allocation);
    if (!recording) return;
    this.#recordings.delete(allocation);
    recording.stop.abort();
    this.#grown.emit(allocation);
    await recording.done;
  }

  /** Ends all recordings, and with them everybody who follows one. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#recordings.keys()].map((allocation) => this.stop(allocation)));
  }

  /** Keys for the server. */
  write(node: Held, bytes: Uint8Array): void {
    const console = this.#recordings.get(node.allocation)?.console;
    if (!console) {
      throw unavailable(
        'console_lost',
        `The console of node "${node.name}" is not connected now.`,
        'It is connected again by itself when the BMC answers. Try again in a few seconds.',
      );
    }
    console.write(bytes);
  }

  /**
   * The log from `tail` bytes before its end. With `follow`, what comes after it as well, until `signal` is aborted or
   * the allocation ends.
   */
  async *read(
    node: NodeTable,
    options: { tail?: number | undefined; follow: boolean; signal: AbortSignal },
  ): AsyncGenerator<Buffer> {
    if (!isHeld(node)) return;
    const path = this.#path(node);
    let position = Math.max(0, (await sizeOf(path)) - (options.tail ?? DEFAULT_TAIL_BYTES));
    for (;;) {
      // Listen before reading, or what is written between the two would be missed.
      const listening = new AbortController();
      const grown = once(this.#grown, node.allocation, {
        signal: AbortSignal.any([options.signal, listening.signal]),
      }).catch(() => {});
      try {
        const last = !options.follow || options.signal.aborted || !this.#recordings.has(node.allocation);
        for (
          let chunk = await readFrom(path, position);
          chunk.length > 0;
          chunk = await readFrom(path, position)
        ) {
          yield chunk;
          position += chunk.length;
        }
        if (last) return;
        await grown;
      } finally {
        listening.abort();
      }
    }
  }

  #path(node: Held): string {
    return join(this.#folder, node.name, `${node.allocation}.log`);
  }

  /** Never rejects. */
  async #keepRecording(node: Held, recording: Recording): Promise<void> {
    const { log } = this.#context;
    const { signal } = recording.stop;
    const { retryMs, retryMaxMs } = this.#options;
    for (let wait = retryMs; !signal.aborted; wait = Math.min(wait * 2, retryMaxMs)) {
      try {
        const { driver, settings } = bmcOf(this.#context, node);
        if (!driver.capabilities.console) return;
        recording.console = await driver.openConsole(settings, { signal });
        wait = retryMs;
        await this.#copy(node, recording.console);
      } catch (error) {
        if (!signal.aborted) {
          log.warn({ node: node.name, error: messageOf(error) }, 'console lost; will try again');
        }
      }
      recording.console = undefined;
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
  }

  async #copy(node: Held, console: Console): Promise<void> {
    console.closed.catch(() => {}); // It is looked at below; it may reject before.
    let file: FileHandle | undefined;
    try {
      await mkdir(join(this.#folder, node.name), { recursive: true, mode: 0o700 });
      file = await open(this.#path(node), 'a', 0o600);
      for await (const chunk of console.output) {
        await file.appendFile(chunk as Buffer);
        this.#grown.emit(node.allocation);
      }
      await console.closed;
    } finally {
      await console.close();
      await file?.close();
    }
  }
}

function isHeld(node: NodeTable): node is Held {
  return node.allocation !== null;
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    (found) => found.size,
    () => 0,
  );
}

async function readFrom(path: string, position: number): Promise<Buffer> {
  const file = await open(path).catch(() => undefined);
  if (!file) return Buffer.alloc(0);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
