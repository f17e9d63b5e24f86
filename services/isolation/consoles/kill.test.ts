/** kill -9 while a console is recorded. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { insertToken } from '@bullion/service';
import { runScript } from '@bullion/service/testing/script.ts';
import { openPrinting } from '../testing/printing.ts';

/** `KILLS=50 npm test` for a longer search. */
const KILLS = Number(process.env.KILLS ?? 2);

it('the log ends at a whole piece, goes on after the restart, and its lines keep their times', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bullion-console-kill-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (let run = 0; run < KILLS; run++) {
    const script = runScript(
      `import { print } from './testing/printing.ts'; await print(${JSON.stringify(folder)}, ${run});`,
      join(import.meta.dirname, '..'),
    );
    await script.line();
    await sleep(100 + Math.random() * 300);
    await script.kill();
  }
  const service = await openPrinting(folder);
  t.after(() => service.close());
  const { token } = await service.context.db
    .transaction()
    .execute((trx) => insertToken(trx, { role: 'member', project: 'a', label: 'a' }));
  const get = async (path: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return await service.app.inject({ url: `/isolation/v1/nodes/n1/console${path}`, headers });
  };
  const log = (await get('?tail=1000000000')).body;
  let [run, line] = [0, 0];
  for (const printed of log.split('\n').slice(0, -1)) {
    if (printed !== `${run}.${line}`) {
      assert.equal(printed, `${run + 1}.0`, `after ${run}.${line - 1}`);
      run++;
      line = 0;
    }
    line++;
  }
  assert.equal(run, KILLS - 1);
  assert.ok(log.endsWith('\n'));
  const times: string[] = [];
  for (let each = 0; each < KILLS; each++) {
    const { matches } = (await get(`/search?q=${each}.100&limit=1`)).json();
    assert.equal(matches[0].line.startsWith(`${each}.100`), true);
    times.push(matches[0].at);
  }
  assert.deepEqual(times, times.toSorted());
  assert.equal(new Set(times).size, KILLS);
});
