import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { switchContract } from '../contract.ts';
import type { SwitchSession } from '../driver.ts';
import { CLOSED, isClosed, isUnknown, type PortConfig } from '../port.ts';
import { RemoteShell } from '../ssh/shell.ts';
import { freePort } from '../ssh/testing/free-port.ts';
import { makeKeys } from '../ssh/testing/keys.ts';
import { linuxBridgeDriver } from './driver.ts';
import { linuxBridgeSettingsSchema } from './settings.ts';
import { BRIDGE, LinuxSwitch, PORTS, whyNot } from './testing/machine.ts';

const skip = await whyNot();

describe('linux-bridge', { concurrency: 1 }, () => {
  // One machine for both: booting it is what costs most.
  let machine: Promise<LinuxSwitch> | undefined;
  const booted = () => (machine ??= LinuxSwitch.boot());
  after(async () => (await machine?.catch(() => undefined))?.[Symbol.asyncDispose]());

  switchContract(
    'linux-bridge',
    async () => {
      const switch_ = await booted();
      const { settings, wire } = switch_;
      return {
        driver: linuxBridgeDriver,
        settings,
        ports: [...PORTS] as [string, string, string, string],
        absent: 'swp9',
        nowhere: { ...settings, port: await freePort() },
        wire,
        timeoutMs: 60_000,
        cabled: (heard) => switch_.cabled(heard),
        async [Symbol.asyncDispose]() {},
      };
    },
    skip,
  );

  describe('a Linux switch', { skip, concurrency: 1 }, () => {
    let lab: LinuxSwitch;
    let session: SwitchSession;
    /** An administrator's own shell on the switch. */
    let admin: RemoteShell;
    const { signal } = new AbortController();
    const connect = (changes: object = {}, timeoutMs = 60_000) =>
      linuxBridgeDriver.connect({ ...lab.settings, ...changes }, { signal, timeoutMs });
    const native = (vlan: number): PortConfig => ({ native: vlan, tagged: [], isolated: false });

    before(async () => {
      lab = await booted();
      session = await connect();
      const settings = linuxBridgeSettingsSchema.parse(lab.settings);
      admin = await RemoteShell.open(settings, 'sh', { signal, timeoutMs: 60_000 });
    });
    after(async () => {
      await session?.close();
      await admin?.close();
    });

    const sh = async (script: string) => {
      const { code, output } = await admin.run(script);
      assert.equal(code, 0, output);
      return output;
    };
    const apply = async (configs: Record<string, PortConfig>) =>
      assert.deepEqual(await session.apply(new Map(Object.entries(configs))), new Map());
    const read = async (port: string) => (await session.read([port])).get(port)!;

    it('a saved configuration is there after the bridge was made anew, as at a start', async () => {
      const trunk = { native: 30, tagged: [40, 41, 42], isolated: true };
      await apply({ swp1: native(10), swp2: trunk, swp3: CLOSED, swp4: CLOSED });
      await session.save!();
      const cables = PORTS.map((port) => `ip link set ${port} master ${BRIDGE}`).join('; ');
      await sh(
        `ip link del ${BRIDGE}; ip link add ${BRIDGE} type bridge; ip link set ${BRIDGE} up; ${cables}`,
      );
      const lost = await read('swp1');
      assert.ok(
        isUnknown(lost) && lost.code === 'port_carries_all_vlans',
        'a bridge that does not filter is open',
      );
      await assert.rejects(session.apply(new Map([['swp1', CLOSED]])), { code: 'switch_failed' });
      await sh('/etc/bullion/bridge.sh');
      assert.deepEqual(await read('swp1'), native(10));
      assert.deepEqual(await read('swp2'), trunk);
      assert.ok(isClosed(await read('swp3')));
    });

    it('what others configured is told as it is, and is set right', async () => {
      const foreign = {
        'bridge vlan add dev swp1 vid 10 pvid': 'port_config_foreign',
        'bridge vlan add dev swp1 vid 10 untagged': 'port_config_foreign',
        'bridge vlan add dev swp1 vid 1-4094': 'port_carries_all_vlans',
      };
      for (const [command, code] of Object.entries(foreign)) {
        await apply({ swp1: CLOSED });
        await sh(command);
        const state = await read('swp1');
        assert.ok(isUnknown(state) && state.code === code, `${command}: ${JSON.stringify(state)}`);
        await apply({ swp1: native(10) });
      }
    });

    it('what goes around the VLAN table is told, and is not said to be repaired', async () => {
      await sh('bridge link set dev swp1 backup_port swp2');
      const state = await read('swp1');
      assert.ok(isUnknown(state) && state.code === 'port_config_foreign');
      const failures = await session.apply(new Map([['swp1', CLOSED]]));
      assert.equal(failures.get('swp1')?.code, 'switch_failed');
      await sh('bridge link set dev swp1 nobackup_port');
      assert.ok(isClosed(await read('swp1')));
    });

    it('a port that left the bridge is not on the switch, and a tunnel never is', async () => {
      await sh('ip link set swp4 nomaster');
      assert.deepEqual((await session.listPorts()).sort(), ['swp1', 'swp2', 'swp3']);
      await sh(`ip link set swp4 master ${BRIDGE}`);
      assert.deepEqual((await session.listPorts()).sort(), [...PORTS]);
    });

    it('without lldpd nobody says that there are no neighbours', async () => {
      await sh('rm -f /run/lldp.json');
      await assert.rejects(session.neighbours!(), (error: Error & { hint?: string }) => {
        assert.match(String(error.hint), /Install and start lldpd/);
        return true;
      });
    });

    it('200 changes of a port in one apply of four ports are one batch', async () => {
      const tagged = Array.from({ length: 200 }, (_, index) => 1000 + 2 * index);
      const all = Object.fromEntries(PORTS.map((port) => [port, { native: 1, tagged, isolated: false }]));
      await apply(all);
      assert.deepEqual(await read('swp3'), { native: 1, tagged, isolated: false });
      await apply(Object.fromEntries(PORTS.map((port) => [port, CLOSED])));
    });

    it('a bridge that is not there is named', async () => {
      await assert.rejects(connect({ bridge: 'br7' }), { code: 'switch_bridge_not_found' });
      await assert.rejects(connect({ bridge: 'swp1' }), { code: 'switch_failed' });
    });

    it('a user who needs sudo is served', async () => {
      const other = await connect({ sudo: true });
      assert.equal((await other.listPorts()).length, 4);
      await other.close();
    });

    it('a host key that is not the registered one ends it before anything is said', async () => {
      await assert.rejects(connect({ hostKey: lab.user.publicKey }), { code: 'switch_identity_changed' });
    });

    it('a key that the switch does not know is refused, and so is one that is none', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'drivers-linux-bridge-key-'));
      const stranger = await makeKeys(folder, 'stranger');
      await rm(folder, { recursive: true });
      await assert.rejects(connect({ privateKey: stranger.privateKey }), { code: 'switch_login_refused' });
      const broken = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';
      await assert.rejects(connect({ privateKey: broken }), { code: 'switch_login_refused' });
    });

    it('the private key is in no file and in no argument', async () => {
      const names = (await readdir(tmpdir())).filter((name) => /^switch-[0-9a-f]{24}$/.test(name));
      assert.deepEqual(names, []);
    });

    it('names that a shell would take for more than names are refused', async () => {
      const names = [
        'a;reboot',
        '$(reboot)',
        'a b',
        '-x',
        '`x`',
        "a'b",
        'a\nb',
        '',
        'a/b',
        '..',
        'x'.repeat(16),
      ];
      for (const name of names) {
        assert.ok(!linuxBridgeDriver.portNameSchema.safeParse(name).success, name);
        await assert.rejects(connect({ bridge: name }), { code: 'switch_settings_invalid' });
      }
      for (const path of ['relative', '/file', '/a/../b', '/a/b;c', '/a/$(b)', '/a b/c', '/a//b', '/a/b/']) {
        await assert.rejects(connect({ saveTo: path }), { code: 'switch_settings_invalid' }, path);
      }
      const failures = await session.apply(new Map(names.map((name) => [name, CLOSED])));
      assert.deepEqual([...failures.keys()], names);
      for (const { code } of failures.values()) assert.equal(code, 'port_not_on_switch');
      for (const address of ['-oProxyCommand=reboot', 'a b', '']) {
        await assert.rejects(connect({ address }), { code: 'switch_settings_invalid' });
      }
    });

    it('a switch that hangs is unreachable within the time-out', async () => {
      const impatient = await connect({}, 4000);
      lab.freeze(true);
      const started = performance.now();
      try {
        await assert.rejects(impatient.read(['swp1']), { code: 'switch_unreachable' });
      } finally {
        lab.freeze(false);
      }
      assert.ok(performance.now() - started < 20_000);
      await assert.rejects(impatient.read(['swp1']), { code: 'switch_unreachable' });
      await impatient.close();
    });
  });
});
