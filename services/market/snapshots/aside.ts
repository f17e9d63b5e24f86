/**
 * Snapshots on a thread of their own. The text of a large book takes a second, and orders would wait for it. The thread
 * opens the database to read, begins with the last snapshot, replays the journal behind it, and compares the books: so
 * each one also shows, while there is time, that the next start will come to the same books.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Config } from '../market/index.ts';

/** Nobody waits for it. */
const LIMIT_MS = 3_600_000;

export type Order = {
  /** The file or the URL of the database. */
  where: string;
  config: Partial<Config>;
  /** The last command that it is to contain; of those that are committed. */
  upTo: number;
};
export type Made = { sequence: number; packed: Uint8Array<ArrayBuffer> };

/** Rejects where the thread fails: with the error that it met. `signal` ends it. */
export async function makeAside(order: Order, signal: AbortSignal): Promise<Made> {
  const worker = new Worker(new URL('thread.ts', import.meta.url), { workerData: order });
  worker.unref();
  const ended = new AbortController();
  worker.once('exit', (code) => ended.abort(new Error(`the thread ended with ${code}`)));
  try {
    const end = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(LIMIT_MS)]);
    const [made] = await once(worker, 'message', { signal: end });
    return made as Made;
  } finally {
    worker.on('error', () => {}); // Its end is of no interest any more.
    await worker.terminate();
  }
}
