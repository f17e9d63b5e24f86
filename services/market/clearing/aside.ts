/**
 * Clearings on a thread of their own: the search may take a third of a second for each component, a large batch by rank
 * many seconds, and orders are taken and acknowledged meanwhile. What it comes to is what the market would come to itself.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Clearing } from '@bullion/clearing';
import { type Cleared, type State, sealed } from '../market/index.ts';

const LIMIT_MS = 300_000;

export class ClearingThread {
  #worker: Worker | undefined;

  /** Undefined where nothing is frozen. Rejects where the thread fails: the market then clears by itself. One at a time. */
  async clear(state: State): Promise<Cleared | undefined> {
    if (!state.frozen) return undefined;
    const { root } = state.frozen.commit;
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const ended = new AbortController();
    const end = () => ended.abort();
    worker.once('exit', end);
    worker.ref();
    try {
      worker.postMessage(sealed(state));
      const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(LIMIT_MS)]);
      // An error of the thread rejects it.
      const [clearing] = await once(worker, 'message', { signal });
      return { root, clearing: clearing as Clearing };
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      worker.off('exit', end);
      worker.unref();
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL('thread.ts', import.meta.url));
    // While nobody waits for it an error is the next one's to find.
    worker.on('error', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    worker.unref();
    return worker;
  }

  /** Whoever waits for a clearing is rejected. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}
