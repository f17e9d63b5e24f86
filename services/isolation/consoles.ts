/**
 * Consoles: the serial line of every held node, recorded to a file a lease while the project holds the node, so that it
 * can be read without the node, and after a boot that failed. A BMC has one console session; it is ours, and readers
 * share it.
 */
import { EventEmitter, once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BullionError, messageOf } from '@bullion/service';
import type { Context } from './context.ts';
import type { Console } from './drivers/bmc/driver.ts';
import { bmcOf } from './power.ts';
import type { NodeTable } from './store/schema.ts';

type Recording = { stop: AbortController; done: Promise<void>; console: Console | undefined };

/** A reader that asks for no more is sent this much of the end. */
const DEFAULT_TAIL_BYTES = 64 * 1024;

export class Consoles {
  readonly #context: Context;
  readonly #folder: string;
  readonly #recordings = new Map<string, Recording>();
  /** Emits the node's name when its log has grown or its recording has ended. */
  readonly #grown = new EventEmitter().setMaxListeners(0);

  constructor(context: Context, folder: string) {
    this.#context = context;
    this.#folder = folder;
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

  record(node: NodeTable): void {
    if (this.#recordings.has(node.name) || node.allocation === null) return;
    const { driver } = bmcOf(this.#context, node);
    if (!driver.capabilities.console) return;
    const stop = new AbortController();
    const recording: Recording = { stop, console: undefined, done: Promise.resolve() };
    recording.done = this.#keepRecording(node, recording).finally(() => this.#grown.emit(node.name));
    this.#recordings.set(node.name, recording);
  }

  /** Ends the recording and the session at the BMC. The log stays. */
  async stop(node: string): Promise<void> {
    const recording = this.#recordings.get(node);
    if (!recording) return;
    this.#recordings.delete(node);
    recording.stop.abort();
    await recording.done;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#recordings.keys()].map((node) => this.stop(node)));
  }

  /** Keys for the server. */
  write(node: string, bytes: Uint8Array): void {
    const console = this.#recordings.get(node)?.console;
    if (!console) {
      throw new BullionError(
        'unavailable',
        'console_lost',
        `The console of node "${node}" is not connected now.`,
        {
          hint: 'It is connected again by itself when the BMC answers. Try again in a few seconds.',
        },
      );
    }
    console.write(bytes);
  }

  /** The log from `tail` bytes before its end; with `follow`, what comes after it as well, until `signal`. */
  async *read(
    node: NodeTable,
    options: { tail?: number | undefined; follow: boolean; signal: AbortSignal },
  ): AsyncGenerator<Buffer> {
    const path = this.#path(node);
    let position = Math.max(0, (await sizeOf(path)) - (options.tail ?? DEFAULT_TAIL_BYTES));
    for (;;) {
      const listening = new AbortController();
      const grown = once(this.#grown, node.name, {
        signal: AbortSignal.any([options.signal, listening.signal]),
      }).catch(() => {});
      for (
        let chunk = await readFrom(path, position);
        chunk.length > 0;
        chunk = await readFrom(path, position)
      ) {
        yield chunk;
        position += chunk.length;
      }
      if (!options.follow || options.signal.aborted || !this.#recordings.has(node.name)) {
        listening.abort();
        return;
      }
      await grown;
    }
  }

  #path(node: NodeTable): string {
    return join(this.#folder, node.name, `${node.allocation}.log`);
  }

  async #keepRecording(node: NodeTable, recording: Recording): Promise<void> {
    const { log } = this.#context;
    await mkdir(join(this.#folder, node.name), { recursive: true, mode: 0o700 });
    const file = createWriteStream(this.#path(node), { flags: 'a', mode: 0o600 });
    file.on('error', (error) =>
      log.error({ node: node.name, error: error.message }, 'console log cannot be written'),
    );
    for (let wait = 1000; !recording.stop.signal.aborted; wait = Math.min(wait * 2, 60_000)) {
      try {
        const { driver, settings } = bmcOf(this.#context, node);
        recording.console = await driver.openConsole(settings, { signal: recording.stop.signal });
        recording.console.closed.catch(() => {});
        await this.#copy(node.name, recording.console, file);
      } catch (error) {
        if (!recording.stop.signal.aborted)
          log.warn({ node: node.name, error: messageOf(error) }, 'console lost; will try again');
      }
      recording.console = undefined;
      if (!recording.stop.signal.aborted)
        await once(recording.stop.signal, 'abort', { signal: AbortSignal.timeout(wait) }).catch(() => {});
    }
    await new Promise<void>((resolve) => file.end(resolve));
  }

  async #copy(node: string, console: Console, file: WriteStream): Promise<void> {
    try {
      for await (const chunk of console.output) {
        await new Promise<void>((resolve) => file.write(chunk as Buffer, () => resolve()));
        this.#grown.emit(node);
      }
      await console.closed;
    } finally {
      await console.close();
    }
  }
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
