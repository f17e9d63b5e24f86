/** The ledger's laws, on random histories. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BullionError } from '@bullion/service/errors';
import fc from 'fast-check';
import { type Entry, free, KEYS_KEPT, Ledger, LedgerCheck, MINT } from './index.ts';

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

test('an entry past the keys that are kept costs what one before them does, and the last of them are known', () => {
  let ledger = new Ledger();
  let n = 0;
  /** The processor time of each thousand, in the middle. */
  const post = (thousands: number): number => {
    const times = Array.from({ length: thousands }, () => {
      const begun = process.cpuUsage();
      for (let one = 0; one < 1000; one++) {
        const lines = [MINT, free('a')].map((account, i) => ({ account, amount: i === 0 ? -1n : 1n }));
        ledger.post(1, { key: String(n++), memo: 'm', lines });
      }
      return process.cpuUsage(begun).user;
    });
    return times.sort((a, b) => a - b)[thousands >> 1]!;
  };
  const before = post(KEYS_KEPT / 1000);
  post(80);
  const after = post(60);
  assert.ok(after < before * 5, `${after} us for a thousand, ${before} us before`);
  const { keys } = ledger.state();
  assert.deepEqual([keys.length, keys[0], keys.at(-1)], [KEYS_KEPT, String(n - KEYS_KEPT), String(n - 1)]);
  ledger = Ledger.from(ledger.state());
  post(1);
  assert.deepEqual(ledger.state().keys.slice(0, -1000), keys.slice(1000));
});
