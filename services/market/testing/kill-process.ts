/** Lives at a desk until it is killed: prints the sequence of each command that was acknowledged. Arguments: DATABASE SEED. */
import { writeSync } from 'node:fs';
import { BullionError } from '@bullion/service/errors';
import { Crowd } from './crowd.ts';
import { openDesk } from './desk.ts';

const [where, seed] = process.argv.slice(2);
const crowd = new Crowd(Number(seed));
let offset = 0;
/** Few commands from one snapshot to the next: many a kill meets one that is being made. */
const { desk } = await openDesk(where!, () => crowd.now + offset, { snapshotEvery: 5 });
// Time never goes back: it goes on where the one before was killed.
offset = Math.max(0, desk.market.state.now - crowd.now);
if (desk.market.state.parties.size === 0) for (const command of crowd.opening()) await desk.own(command);
writeSync(1, 'ready\n');
/** Several at once, as requests come. */
async function live(): Promise<never> {
  for (;;) {
    // Ids are the seed's, so that no two lives use the same.
    const command = JSON.parse(
      JSON.stringify(crowd.next(desk.market), big).replaceAll('"x', `"s${seed}x`),
      small,
    );
    try {
      const { sequence } = await desk.own(command);
      writeSync(1, `${sequence}\n`);
    } catch (error) {
      if (!(error instanceof BullionError)) throw error;
      await new Promise(setImmediate);
    }
  }
}
const big = (_: string, value: unknown) => (typeof value === 'bigint' ? { $: String(value) } : value);
const small = (_: string, value: { $?: string }) => (typeof value?.$ === 'string' ? BigInt(value.$) : value);
await Promise.all([live(), live(), live()]);
