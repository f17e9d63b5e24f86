/** The ledger's laws, on random histories. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BullionError } from '@bullion/service/errors';
import fc from 'fast-check';
import { type Entry, free, Ledger, LedgerCheck, MINT } from './index.ts';

const party = fc.constantFrom('a', 'b', 'c');
const posting = fc.record({
  from: fc.oneof(party.map(free), fc.constant(MINT)),
  to: party.map(free),
  amount: fc.bigInt(-50n, 100n),
  key: fc.nat(60),
});

test('whatever is posted: sums are zero, nothing is below zero, a key has one effect, replay is bit for bit', () => {
  fc.assert(
    fc.property(fc.array(posting, { maxLength: 60 }), (history) => {
      const ledger = new Ledger();
      const entries: Entry[] = [];
      for (const { from, to, amount, key } of history) {
        const before = JSON.stringify(ledger.state());
        const lines = [
          { account: from, amount: -amount },
          { account: to, amount },
        ];
        try {
          const entry = ledger.post(1, { key: String(key), memo: 'test', lines });
          if (entry) entries.push(entry);
          else assert.equal(JSON.stringify(ledger.state()), before);
        } catch (error) {
          assert(error instanceof BullionError && error.code === 'ledger_short');
          assert.equal(JSON.stringify(ledger.state()), before);
        }
        for (const [account, balance] of ledger.balances()) assert(account === MINT || balance >= 0n);
      }
      assert.equal(new Set(entries.map(({ key }) => key)).size, entries.length);
      const again = new Ledger();
      const check = new LedgerCheck();
      for (const entry of entries) {
        again.replay(entry);
        check.add(entry);
      }
      assert.deepEqual(again.state(), ledger.state());
      assert.deepEqual(check.verdict(), { entries: entries.length, head: ledger.head, fault: null });
    }),
  );
});

test('an entry that does not sum to zero is a defect, and posts nothing', () => {
  const ledger = new Ledger();
  assert.throws(
    () => ledger.post(1, { key: 'k', memo: 'm', lines: [{ account: MINT, amount: 1n }] }),
    /not to zero/,
  );
  assert.equal(ledger.sequence, 0);
});

test('a changed, a missing and a reordered entry are found', () => {
  const ledger = new Ledger();
  const entries = [1, 2, 3].map(
    (n) =>
      ledger.post(n, {
        key: `k${n}`,
        memo: 'mint',
        lines: [
          { account: MINT, amount: -5n },
          { account: free('a'), amount: 5n },
        ],
      })!,
  );
  const faultOf = (list: Entry[]) => {
    const check = new LedgerCheck();
    for (const entry of list) check.add(entry);
    return check.verdict().fault;
  };
  assert.equal(faultOf(entries), null);
  assert.match(faultOf([entries[0]!, entries[2]!])!, /missing/);
  assert.match(faultOf([entries[0]!, { ...entries[1]!, memo: 'gift' }])!, /hash/);
});
