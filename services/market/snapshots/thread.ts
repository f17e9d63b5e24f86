/** The thread of `aside.ts`: does what a start would do, and hands over the state that it comes to. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openToRead } from '@bullion/service';
import { readJournal } from '../journal.ts';
import type { MarketSchema } from '../store/schema.ts';
import type { Made, Order } from './aside.ts';
import { pack } from './pieces.ts';

/** Linux: of this thread alone. It has time; those who place orders do not. */
setPriority(0, 10);
const { where, ...options } = workerData as Order;
const db = openToRead<MarketSchema>(where);
try {
  const { market } = await readJournal(db, options);
  const packed = new Uint8Array(pack(market.snapshot()));
  const made: Made = { sequence: market.state.sequence, packed };
  parentPort!.postMessage(made, [packed.buffer]);
} finally {
  await db.destroy();
}
