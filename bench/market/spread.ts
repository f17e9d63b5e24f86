/** The same work for many seeds, on all processors: each seed's result depends on nothing but the seed. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

export type Range = { from: number; to: number };

const CHUNK = 5;

/** Calls `work(seed)`, which `module` exports, for the seeds 0 to `seeds` - 1 and `take` with each result, in any order. */
export async function spread<Result>(
  module: URL,
  seeds: number,
  take: (result: Result, done: number) => void,
): Promise<void> {
  let next = 0;
  let done = 0;
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('spread-worker.ts', import.meta.url), { workerData: module.href });
      const give = () => {
        const range: Range = { from: next, to: Math.min(next + CHUNK, seeds) };
        next = range.to;
        if (range.from < range.to) worker.postMessage(range);
        else worker.terminate().then(() => resolve(), reject);
      };
      worker.on('error', reject);
      worker.on('message', (results: Result[]) => {
        for (const result of results) take(result, ++done);
        give();
      });
      give();
    });
  await Promise.all(Array.from({ length: availableParallelism() }, one));
}
