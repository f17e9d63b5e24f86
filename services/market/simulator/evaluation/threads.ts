/** The evaluation on all processors: what comes out depends on the task alone, not on which thread had it or when. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Evaluation, merge, type Part, tasksOf } from './evaluation.ts';
import type { Size } from './world.ts';

export type ThreadData = { folder: string | undefined; size: Size };
/** `world`: what it is made of; told once, at first. */
export type FromThread = { world: string } | { says: string } | { done: unknown };
type Say = (text: string) => void;

/** Traces are looked for in `folder`. Parts that are not in `only` are as in `known`. */
export async function evaluateOnAll(
  folder: string | undefined,
  size: Size,
  say: Say,
  {
    only,
    known,
    threads = availableParallelism(),
  }: { only?: readonly Part[]; known?: object; threads?: number } = {},
): Promise<Evaluation> {
  let world = '';
  const tasks = tasksOf(size, only);
  const results: unknown[] = Array(tasks.length);
  let next = 0;
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const workerData: ThreadData = { folder, size };
      const worker = new Worker(new URL('thread.ts', import.meta.url), { workerData });
      let at = 0;
      const give = () => {
        at = next++;
        if (at < tasks.length) worker.postMessage(tasks[at]);
        else worker.terminate().then(() => resolve(), reject);
      };
      worker.on('error', reject);
      worker.on('message', (what: FromThread) => {
        if ('says' in what) return say(what.says);
        if ('world' in what) {
          if (world === '') say(`owners: ${what.world}`);
          world = what.world;
        } else results[at] = what.done;
        give();
      });
    });
  await Promise.all(Array.from({ length: Math.min(threads, tasks.length) }, one));
  return merge(tasks, results, { ...known, world, size });
}
