/** The driver against the Redfish BMC of a whole rack: what it asks for happens to a real machine with real firmware. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import {
  consoleLog,
  console as consoleOf,
  down,
  enter,
  missingPackages,
  obstacles,
  parseSpec,
  status,
  up,
} from '@bullion/rack';
import { until } from '../contract.ts';

const missing = missingPackages().map((need) => need.package);
const [obstacle] = await obstacles();
const skip =
  missing.length > 0 ? `needs the Debian packages ${missing.join(' ')}` : (obstacle?.what ?? false);

const name = `redfish-${process.pid}`;
const SYSTEM = '/redfish/v1/Systems/1';
const CD = '/redfish/v1/Managers/1/VirtualMedia/Cd';
const BANNER = 'SeaBIOS (version';

describe('redfish on a rack', { skip, concurrency: 1 }, () => {
  const home = mkdtempSync(join(tmpdir(), 'redfish-rack-'));
  const formerHome = process.env.BULLION_HOME;
  let operator: ChildProcessWithoutNullStreams;
  let answers: AsyncIterator<string>;

  const ask = async (order: object): Promise<unknown> => {
    operator.stdin.write(`${JSON.stringify(order)}\n`);
    const { result, error } = JSON.parse((await answers.next()).value);
    assert.equal(error, undefined);
    return result;
  };
  const driver = (method: string, argument?: unknown) => ask({ driver: method, with: argument });
  const log = () => readFileSync(consoleLog(name, 'node1'), 'utf8');
  /** What the server printed since it last began to boot. */
  const thisBoot = () => log().slice(Math.max(0, log().lastIndexOf(BANNER)));
  /** What the server printed says why it did not boot as it should. */
  const boots = (as: () => boolean) =>
    until(async () => as(), 60_000).catch((error) => {
      throw new Error(`${error.message}; its console:\n${log().slice(-2000)}`);
    });
  const banners = () => log().split(BANNER).length - 1;
  const boot = async () => ((await ask({ get: SYSTEM })) as { Boot: Record<string, unknown> }).Boot;

  before(async () => {
    process.env.BULLION_HOME = home;
    const rack = await up(
      parseSpec(
        `name: ${name}
accelerator: tcg
switches: [{ name: tor1 }]
controller: { vlan: 10, address: 10.10.0.1/24 }
nodes: [{ name: node1, memoryMb: 128, disk: 16M, bmc: { driver: redfish } }]
`,
        'test',
      ),
    );
    const { driver: type, address, port, user, password, tls } = rack.nodes[0]!.bmc;
    assert.deepEqual([type, port], ['redfish', 443]);
    const [program, ...args] = [
      ...enter(name),
      process.execPath,
      join(import.meta.dirname, 'testing', 'operator.ts'),
    ];
    operator = spawn(program!, args, {
      env: { ...process.env, SETTINGS: JSON.stringify({ address, port, username: user, password, tls }) },
    });
    operator.stderr.pipe(process.stderr);
    answers = createInterface(operator.stdout)[Symbol.asyncIterator]();
  });
  after(async () => {
    operator?.stdin.end();
    await down(name);
    rmSync(home, { recursive: true, force: true });
    if (formerHome === undefined) delete process.env.BULLION_HOME;
    else process.env.BULLION_HOME = formerHome;
  });

  it('a server that is powered on shows its firmware on the console log', async () => {
    assert.equal(await driver('powerState'), 'off');
    const standby = Number(await driver('powerDraw'));
    await driver('setPower', 'on');
    assert.equal(await driver('powerState'), 'on');
    await until(async () => log().includes(BANNER), 60_000);
    assert.equal((await status(name))?.nodes[0]?.power, 'on');
    assert.ok(Number(await driver('powerDraw')) > standby);
  });

  it('a boot device for once counts for one boot, and not for the next', async () => {
    await driver('setBootDevice', { device: 'disk', persistent: false, firmware: 'bios' });
    assert.equal((await boot()).BootSourceOverrideEnabled, 'Once');
    await driver('setPower', 'reset');
    await boots(() => thisBoot().includes('Booting from Hard Disk'));
    assert.ok(!thisBoot().split('Hard Disk')[0]!.includes('iPXE initialising'), 'the disk came first');
    await until(async () => (await boot()).BootSourceOverrideEnabled === 'Disabled');
    assert.equal((await boot()).BootSourceOverrideTarget, 'None');
    const before = banners();
    await driver('setPower', 'reset');
    await boots(() => banners() > before && thisBoot().includes('iPXE initialising'));
    assert.ok(!thisBoot().includes('Hard Disk'));
  });

  it('a disc that is inserted is booted from, now and after a power cycle, until it is ejected', async () => {
    const insert = `${CD}/Actions/VirtualMedia.InsertMedia`;
    assert.equal(await ask({ post: insert, body: { Image: 'http://172.31.0.1:8089/node.iso' } }), 204);
    const override = { BootSourceOverrideTarget: 'Cd', BootSourceOverrideEnabled: 'Continuous' };
    assert.equal(await ask({ patch: SYSTEM, body: { Boot: override } }), 200);
    for (const action of ['reset', 'cycle']) {
      const before = action === 'reset' ? banners() : 0;
      await driver('setPower', action);
      const fromDisc = () => banners() > before && thisBoot().includes('booted from the virtual disc');
      // On a busy machine one reset of a hundred leaves SeaBIOS standing: a person would press again.
      await until(async () => fromDisc(), 8000).catch(() => driver('setPower', 'reset'));
      await boots(fromDisc);
    }
    assert.equal(await ask({ post: `${CD}/Actions/VirtualMedia.EjectMedia`, body: {} }), 204);
    const before = banners();
    await driver('setPower', 'reset');
    await boots(() => banners() > before && thisBoot().includes('iPXE initialising'));
    assert.ok(!thisBoot().includes('virtual disc'));
  });

  it('the console is refused with a word on where the log is', async () => {
    await assert.rejects(consoleOf(name, 'node1'), { code: 'bmc_no_console' });
  });
});
