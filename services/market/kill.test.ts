/** kill -9 at random moments: what was acknowledged is there, books and journal agree, and replay is identical. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newDatabase } from '@bullion/service/testing/postgres.ts';
import { entryOf } from './desk.ts';
import { LedgerCheck } from './ledger/index.ts';
import { type Command, decode, Market } from './market/index.ts';
import { openDesk } from './testing/desk.ts';

/** `KILLS=300` for a longer search. */
const KILLS = Number(process.env.KILLS ?? 5);

test('a market that is killed again and again forgets nothing that it acknowledged', {
  timeout: 600_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bullion-market-kill-'));
  const server = process.env.BULLION_TEST_DATABASE;
  const where = server === undefined ? join(folder, 'market.db') : await newDatabase(server);
  let acknowledged = 0;
  try {
    for (let n = 1; n <= KILLS; n++) {
      const child = spawn(
        process.execPath,
        [
          '--disable-warning=ExperimentalWarning',
          join(import.meta.dirname, 'testing/kill-process.ts'),
          where,
          String(n),
        ],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      acknowledged = Math.max(acknowledged, await livedUntilKilled(child, 20 + ((n * 37) % 150)));
      const { db, desk } = await openDesk(where, Date.now);
      const { state } = desk.market;
      assert.ok(
        state.sequence >= acknowledged,
        `${state.sequence} were kept of ${acknowledged} acknowledged`,
      );
      const check = new LedgerCheck();
      for (const row of await db.selectFrom('entries').selectAll().orderBy('sequence').execute())
        check.add(entryOf(row));
      assert.deepEqual(check.verdict(), {
        entries: state.ledger.sequence,
        head: state.ledger.head,
        fault: null,
      });
      if (n === KILLS) {
        const replayed = new Market({ newcomerMs: 86_400_000 });
        const rows = await db.selectFrom('journal').selectAll().orderBy('sequence').execute();
        for (const { at, command } of rows) replayed.apply(decode(command) as Command, at);
        assert.equal(replayed.hash(), desk.market.hash());
        const auctions = await db
          .selectFrom('auctions')
          .select(['number', 'hash'])
          .orderBy('number')
          .execute();
        assert.deepEqual(
          auctions.map(({ number }) => number),
          auctions.map((_, i) => i + 1),
        );
        assert.ok(
          auctions.slice(0, -1).every(({ hash }) => hash !== null),
          'a commitment without its clearing',
        );
      }
      await db.destroy();
    }
    assert.ok(acknowledged > KILLS * 3, `only ${acknowledged} commands`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** The last sequence that it said was done. */
async function livedUntilKilled(child: ChildProcess, milliseconds: number): Promise<number> {
  let last = 0;
  const lines = createInterface({ input: child.stdout! });
  const closed = once(lines, 'close');
  const ready = Promise.withResolvers<void>();
  lines.on('line', (line) => {
    if (line === 'ready') ready.resolve();
    // The last line may be cut in two by the kill.
    else last = Math.max(last, Number(line));
  });
  child.once('exit', () => ready.resolve());
  await ready.promise;
  await sleep(milliseconds);
  assert.equal(child.exitCode, null, 'it ended by itself');
  child.kill('SIGKILL');
  await closed;
  return last;
}
