/** kill -9 while many write: what was acknowledged is there, and the audit log is whole. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { createLogger, listAudit, verifyAudit } from '@bullion/service';
import { runScript } from '@bullion/service/testing/script.ts';
import { openIsolation } from './index.ts';

/** `KILLS=200 node --test acknowledged.test.ts` for a longer search. */
const KILLS = Number(process.env.KILLS ?? 4);

it('no write that was acknowledged is lost by kill -9, and the audit log is whole', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bullion-isolation-kill-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const acknowledged: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const script = runScript(
      `import { writer } from './testing/writer.ts'; await writer(${JSON.stringify(folder)}, ${kill});`,
      import.meta.dirname,
    );
    const end = acknowledged.length + 1 + Math.floor(Math.random() * 200);
    while (acknowledged.length < end) acknowledged.push(await script.line());
    await script.kill();
    // What it printed before it was killed is still in the pipe.
    for (let line = await next(script); line !== undefined; line = await next(script))
      acknowledged.push(line);
  }
  const service = await openIsolation({ folder, logger: createLogger('silent') });
  try {
    const { db } = service.context;
    const projects = await db.selectFrom('projects').select('name').execute();
    const there = new Set(projects.map(({ name }) => name));
    assert.deepEqual(
      acknowledged.filter((name) => !there.has(name)),
      [],
    );
    const { fault } = await verifyAudit((after, limit) => listAudit(db, after, limit));
    assert.equal(fault, null);
    const done = await db
      .selectFrom('audit')
      .select('sequence')
      .where('action', '=', 'POST /isolation/v1/projects')
      .where('outcome', '=', 'done')
      .execute();
    assert.equal(done.length, there.size);
  } finally {
    await service.close();
  }
});

const next = (script: { line(): Promise<string> }) => script.line().catch(() => undefined);
