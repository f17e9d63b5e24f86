/** A thread of `evaluateOnAll`: carries out tasks, one at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { findTraces } from '../traces/folder.ts';
import { carryOut, type Task } from './evaluation.ts';
import type { FromThread, ThreadData } from './threads.ts';
import { worldOf } from './world.ts';

const { folder, size } = workerData as ThreadData;
const world = worldOf(findTraces(folder).found, size);
const port = parentPort!;
const tell = (what: FromThread) => port.postMessage(what);
port.on('message', (task: Task) => {
  tell({ done: carryOut(world, task, (text) => tell({ says: text })) });
});
tell({ world: world.says });
