/**
 * kill -9 of the service at random moments, with hardware that outlives it: a switch that fails at random, and a real
 * Open vSwitch. However it died, the next one ends with the switch as the database says.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runScript } from '@bullion/service/testing/script.ts';
import { ovsDriver } from './drivers/switch/ovs/driver.ts';
import { BRIDGE, OvsLab } from './drivers/switch/ovs/testing/lab.ts';
import { readHardware, writeHardware } from './testing/file-hardware.ts';
import { assertFreeIsClosed, assertNoOrphans, type Hardware, portsSettle } from './testing/invariants.ts';
import { NODES, openSite, type Site } from './testing/tenant.ts';

/** `KILLS=200 node --test kill.test.ts` for a longer search. */
const KILLS = Number(process.env.KILLS ?? 4);
const OVS_KILLS = Number(process.env.KILLS ?? 2);

const missing = ['/usr/sbin/ovs-vswitchd', '/usr/sbin/ovsdb-server'].filter(
  (program) => !existsSync(program),
);
const skip = missing.length > 0 && `needs ${missing.join(', ')} (Debian: openvswitch-switch)`;

it('after every kill -9 a switch that fails at random ends as the database says', async (t) => {
  const site = makeSite({ failures: 0.2, switch: { driver: 'file', settings: {} } });
  const file = join(site.folder, 'hardware.json');
  await killOften(t, site, KILLS, (port) => readHardware(file).ports[port]!);
});

it('after every kill -9 an Open vSwitch ends as the database says', { skip }, async (t) => {
  await using lab = await OvsLab.create(NODES);
  const settings = { address: lab.address, bridge: BRIDGE };
  const { signal } = new AbortController();
  const session = await ovsDriver.connect(settings, { signal });
  try {
    const site = makeSite({ failures: 0, switch: { driver: 'ovs', settings } });
    await killOften(t, site, OVS_KILLS, async (port) => (await session.read([port])).get(port)!);
  } finally {
    await session.close();
  }
});

function makeSite(site: Omit<Site, 'folder'>): Site {
  const folder = mkdtempSync(join(tmpdir(), 'bullion-isolation-kill-'));
  writeHardware(join(folder, 'hardware.json'), { ports: {}, power: {} });
  return { folder, ...site };
}

async function killOften(t: TestContext, site: Site, kills: number, hardware: Hardware): Promise<void> {
  let [checks, networks] = [0, 0];
  try {
    for (let kill = 1; kill <= kills; kill++) {
      const script = runScript(
        `import { tenant } from './testing/tenant.ts'; await tenant(${JSON.stringify(site)});`,
        import.meta.dirname,
      );
      try {
        await script.line(); // It is at work.
        if (kill === 1) await script.line(); // It has begun something, or a test of few kills could find nothing.
        await sleep(Math.random() * 400);
      } finally {
        await script.kill();
      }
      // Not after each: what several left undone must come right too.
      if (kill < kills && Math.random() < 0.5) continue;
      networks += await assertComesRight(site, hardware);
      checks++;
    }
    t.diagnostic(`${kills} kills, ${checks} checks, ${networks} NICs on networks in them`);
  } finally {
    rmSync(site.folder, { recursive: true });
  }
}

/** Returns how many NICs were found on networks. */
async function assertComesRight(site: Site, hardware: Hardware): Promise<number> {
  const service = await openSite({ ...site, failures: 0 });
  try {
    const { db, operations } = service.context;
    const begun = await db.selectFrom('operations').select('id').execute();
    assert.ok(begun.length > 0, 'something was begun');
    for (const { id } of begun) assert.notEqual((await operations.wait(id, 10_000)).state, 'running');
    await portsSettle(db, 's1', hardware);
    await assertNoOrphans(db);
    await assertFreeIsClosed(db, hardware);
    const free = await db.selectFrom('nodes').select('name').where('state', '=', 'free').execute();
    const { power } = readHardware(join(site.folder, 'hardware.json'));
    for (const { name } of free) assert.equal(power[name] ?? 'off', 'off');
    return (await db.selectFrom('attachments').select('nic').execute()).length;
  } finally {
    await service.close();
  }
}
