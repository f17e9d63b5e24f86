/** The thread of `aside.ts`: a batch comes, its clearing goes. */
import { parentPort } from 'node:worker_threads';
import { type Batch, clear } from '@bullion/clearing';

parentPort!.on('message', (batch: Batch) => parentPort!.postMessage(clear(batch)));
