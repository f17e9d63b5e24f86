/** The same code as the bench `ledger_crash_faults`, on fewer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerCrashes } from '../../bench/market/ledger-crashes.ts';

test('the ledger is exact through injected crashes', () => {
  assert.deepEqual(ledgerCrashes(100), { faults: 0 });
});
