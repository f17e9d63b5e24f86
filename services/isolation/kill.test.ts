/** kill -9 of the service at random moments, with hardware that outlives it and fails at random. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, listAudit, verifyAudit } from '@bullion/service';
import { runScript } from '@bullion/service/testing/script.ts';
import { driversOf } from './drivers/index.ts';
import { openIsolation } from './index.ts';
import { fileHardware, readHardware, writeHardware } from './testing/file-hardware.ts';
import { assertFreeIsClosed, assertNoOrphans, portsSettle } from './testing/invariants.ts';

/** `KILLS=200 npm test` for a longer search. */
const KILLS = Number(process.env.KILLS ?? 4);

it('after every kill -9 the work goes on, and in the end the switch is as the database says', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bullion-isolation-kill-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const hardware = join(folder, 'hardware.json');
  writeHardware(hardware, { ports: {}, power: {} });

  for (let kill = 0; kill < KILLS; kill++) {
    const script = runScript(
      `import { tenant } from './testing/tenant.ts'; await tenant(${JSON.stringify(folder)}, 0.2);`,
      import.meta.dirname,
    );
    await script.line(); // It is at work.
    await sleep(Math.random() * 400);
    await script.kill();
  }

  const { switchDriver, bmcDriver } = fileHardware(hardware, 0);
  const service = await openIsolation({
    folder,
    logger: createLogger('silent'),
    reconciler: { retryMs: 5, retryMaxMs: 20 },
    drivers: { switchDrivers: driversOf(switchDriver), bmcDrivers: driversOf(bmcDriver) },
  });
  try {
    const { db, operations } = service.context;
    const before = await db.selectFrom('operations').select('id').execute();
    assert.ok(before.length > 0, 'something was begun');
    for (const { id } of before) assert.notEqual((await operations.wait(id, 10_000)).state, 'running');
    const state = (port: string) => readHardware(hardware).ports[port]!;
    await portsSettle(db, 's1', state);
    await assertNoOrphans(db);
    await assertFreeIsClosed(db, state);
    for (const { name } of await db
      .selectFrom('nodes')
      .select('name')
      .where('state', '=', 'free')
      .execute()) {
      assert.equal(readHardware(hardware).power[name] ?? 'off', 'off');
    }
  } finally {
    await service.close();
  }
});

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
