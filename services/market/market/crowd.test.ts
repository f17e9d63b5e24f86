/** Whatever a crowd does: the books are exact, a refusal changes nothing, no node is let twice, replay is identical. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BullionError } from '@bullion/service/errors';
import { Crowd } from '../testing/crowd.ts';
import { Floor } from '../testing/floor.ts';
import { Market } from './market.ts';
import { peakLet, taken } from './state.ts';

/** `CROWDS=500` for a longer search. */
const CROWDS = Number(process.env.CROWDS ?? 20);

test('random lives of the market', () => {
  const did = new Map<string, number>();
  for (let seed = 1; seed <= CROWDS; seed++) {
    const crowd = new Crowd(seed);
    const floor = new Floor({ newcomerMs: 86_400_000 });
    for (const command of crowd.opening()) floor.do(command);
    for (let n = 0; n < 250; n++) {
      const command = crowd.next(floor.market);
      floor.now = crowd.now;
      const before = floor.market.hash();
      try {
        const { events } = floor.do(command);
        for (const done of [command.do, ...events.map(({ kind }) => kind)])
          did.set(done, (did.get(done) ?? 0) + 1);
      } catch (error) {
        if (!(error instanceof BullionError))
          throw new Error(`seed ${seed}, step ${n}: ${JSON.stringify(command, big)}`, { cause: error });
        assert.equal(
          floor.market.hash(),
          before,
          `seed ${seed}: ${command.do} was refused and changed something`,
        );
        continue;
      }
      try {
        floor.checkBooks();
        checkNothingSoldTwice(floor);
      } catch (error) {
        throw new Error(`seed ${seed}, step ${n}: ${JSON.stringify(command, big)}`, { cause: error });
      }
    }
    const again = new Market({ newcomerMs: 86_400_000 });
    for (const { command, at } of floor.journal) again.apply(command, at);
    assert.equal(again.hash(), floor.market.hash());
  }
  const rules = ['recall', 'extend', 'release', 'sublease', 'fail', 'clear', 'claim'];
  for (const done of [...rules, 'lease.undelivered', 'node.lost'])
    assert.ok((did.get(done) ?? 0) > 0, `nobody could ${done}`);
});

const big = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

function checkNothingSoldTwice({ market: { state } }: Floor): void {
  for (const ask of state.asks.values()) {
    const most = peakLet(taken(state, ask), ask.start, ask.end);
    assert.ok(most <= ask.nodes, `ask ${ask.id} lets ${most} of ${ask.nodes}`);
  }
}
