/** The same work for many seeds, on all processors: each seed's result depends on nothing but the seed. */
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

type Range = { from: number; to: number };
/** What a module must export to be spread: `work(seed)`; with side effects on nothing. */
type Spreadable<Result> = { work(seed: number): Result | Promise<Result> };

const CHUNK = 5;

/** Calls `work` of `module` for the seeds 0 to `seeds` - 1 and `take` with each result, in any order. */
export async function spread<Result>(
  module: URL,
  seeds: number,
  take: (result: Result, done: number) => void,
): Promise<void> {
  let next = 0;
  let done = 0;
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: module.href });
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

if (!isMainThread && parentPort !== null && typeof workerData === 'string') {
  const { work } = (await import(workerData)) as Spreadable<unknown>;
  const port = parentPort;
  port.on('message', async ({ from, to }: Range) => {
    const results: unknown[] = [];
    for (let seed = from; seed < to; seed++) results.push(await work(seed));
    port.postMessage(results);
  });
}
