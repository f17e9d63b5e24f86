import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Market } from '../market/index.ts';
import { CREDIT, Floor } from '../testing/floor.ts';
import { ClearingThread } from './aside.ts';

function frozen() {
  const floor = new Floor();
  for (const party of ['hospital', 'startup']) floor.credit(party, 10_000);
  const name = floor.enroll('hospital', 3);
  floor.ask({ owner: 'hospital', class: name, nodes: 3 });
  for (let n = 1; n < 7; n++) floor.bid({ buyer: 'startup', classes: [name], limit: BigInt(n) * CREDIT });
  floor.freeze();
  return { floor, name };
}

test('a clearing aside comes to what the market comes to by itself, while orders are taken', async () => {
  const { floor, name } = frozen();
  const itself = Market.restore(floor.market.snapshot());
  const thread = new ClearingThread();
  const aside = thread.clear(floor.market.state);
  const late = floor.newBid({ buyer: 'startup', classes: [name], limit: 9n * CREDIT });
  for (const market of [floor.market, itself]) market.apply({ do: 'bid', bid: late }, floor.now);
  const cleared = await aside;
  floor.market.apply({ do: 'clear' }, floor.now, cleared);
  itself.apply({ do: 'clear' }, floor.now);
  await thread.close();
  assert.equal(floor.market.state.leases.size, 3);
  assert.equal(floor.market.hash(), itself.hash());
});

test('a clearing of another batch is not taken for this one’s', async () => {
  const { floor } = frozen();
  const thread = new ClearingThread();
  const cleared = await thread.clear(floor.market.state);
  const itself = Market.restore(floor.market.snapshot());
  floor.market.apply({ do: 'clear' }, floor.now, {
    ...cleared!,
    root: 'another',
    clearing: { trades: [], classes: [] },
  });
  itself.apply({ do: 'clear' }, floor.now);
  assert.equal(floor.market.hash(), itself.hash());
  assert.equal(await thread.clear(floor.market.state), undefined);
  await thread.close();
});
