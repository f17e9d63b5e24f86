/** What was taken by earlier rules is replayed by them; what comes after goes by today's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREDIT, Floor } from '../testing/floor.ts';
import { BEFORE, type Config, DEFAULTS } from './config.ts';
import { Market } from './market.ts';

const OLD = Object.fromEntries(
  Object.entries(DEFAULTS).filter(([name]) => !(name in BEFORE)),
) as Partial<Config>;

/** As a journal of the first rules began, with what today's would refuse. */
function bygone() {
  const floor = new Floor();
  floor.market = new Market();
  floor.journal.length = 0;
  floor.do({ do: 'configure', set: { ...OLD, newcomerMs: 1 } });
  floor.credit('hospital', 20);
  floor.credit('startup', 1000);
  const name = floor.enroll('hospital', 1);
  floor.bid({ buyer: 'poor', classes: ['c-0000000000000000'], limit: 0n, expires: Number.MAX_SAFE_INTEGER });
  floor.ask({
    owner: 'hospital',
    class: name,
    reserve: 100n * CREDIT,
    notice: 0,
    end: floor.slot + 1,
    tier: 2,
  });
  floor.bid({ buyer: 'startup', classes: [name], slots: 1, limit: 200n * CREDIT, minNotice: 0, tier: 2 });
  floor.clear();
  floor.do({ do: 'recall', key: 'r', by: 'hospital', class: name, nodes: 1 });
  return { floor, name };
}

test('a journal of the first rules is replayed as it was, from its beginning and from any snapshot', () => {
  const { floor } = bygone();
  assert.equal(floor.market.state.config.rules, 1);
  for (let from = 0; from <= floor.journal.length; from++) {
    const begun = new Market();
    for (const { command, at } of floor.journal.slice(0, from)) begun.apply(command, at);
    const market = Market.restore(begun.snapshot());
    for (const { command, at } of floor.journal.slice(from)) market.apply(command, at);
    assert.equal(market.hash(), floor.market.hash(), `from ${from}`);
  }
});

test('a snapshot without the numbers goes on as it did, and says which are lacking', () => {
  const { floor } = bygone();
  const written = JSON.parse(floor.market.snapshot());
  for (const name of Object.keys(BEFORE)) delete written.config[name];
  const market = Market.restore(JSON.stringify(written));
  assert.equal(market.hash(), floor.market.hash());
  assert.deepEqual([...market.lacking].sort(), Object.keys(BEFORE).sort());
  assert.deepEqual([...floor.market.lacking].sort(), Object.keys(BEFORE).sort(), 'the journal too');
});

test('once the market is told the numbers that it lacks, it goes by today’s', () => {
  const { floor, name } = bygone();
  const lacking = Object.keys(BEFORE).map((key) => [key, DEFAULTS[key as keyof Config]]);
  floor.do({ do: 'configure', set: Object.fromEntries(lacking) });
  assert.deepEqual(floor.market.lacking, []);
  const bid = floor.newBid({ buyer: 'poor', classes: [name], limit: 0n });
  assert.equal(floor.refused({ do: 'bid', bid }), 'limit_invalid');
});
