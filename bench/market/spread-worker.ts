/** A thread of `spread`: works through ranges of seeds. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Range } from './spread.ts';

type Spreadable = { work(seed: number): unknown };

const { work } = (await import(workerData as string)) as Spreadable;
const port = parentPort!;
port.on('message', async ({ from, to }: Range) => {
  const results: unknown[] = [];
  for (let seed = from; seed < to; seed++) results.push(await work(seed));
  port.postMessage(results);
});
