import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { switchContract } from '../contract.ts';
import type { SwitchSession } from '../driver.ts';
import { CLOSED, isClosed, isUnknown, type PortConfig, type PortState } from '../port.ts';
import { ovsDriver } from './driver.ts';
import { BRIDGE, OvsLab } from './testing/lab.ts';

const missing = ['/usr/sbin/ovs-vswitchd', '/usr/bin/busybox'].filter((program) => !existsSync(program));
const skip = missing.length > 0 && `needs ${missing.join(', ')} (Debian: openvswitch-switch, busybox-static)`;

// Most of the time of these tests is waiting for pings that must not be answered, so they wait together.
describe('ovs', { concurrency: true }, () => {
  switchContract(
    'ovs',
    async () => {
      const lab = await OvsLab.create(4);
      return {
        driver: ovsDriver,
        settings: { address: lab.address, bridge: BRIDGE, runtime: lab.directory },
        cabled: ({ port, mac }) => lab.speak(port, mac),
        ports: ['p1', 'p2', 'p3', 'p4'],
        absent: 'p9',
        nowhere: { address: `unix:${lab.directory}/nowhere.sock`, bridge: BRIDGE },
        wire: lab.wire,
        loseDevice: (port) => lab.losePortDevice(port),
        [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
      };
    },
    skip,
  );

  describe('Open vSwitch', { skip, concurrency: 1 }, () => {
    let lab: OvsLab;
    let session: SwitchSession;
    const { signal } = new AbortController();
    const connect = (timeoutMs = 20_000) =>
      ovsDriver.connect({ address: lab.address, bridge: BRIDGE }, { signal, timeoutMs });

    before(async () => {
      lab = await OvsLab.create(2);
      session = await connect();
    });
    after(async () => {
      await session?.close();
      await lab?.[Symbol.asyncDispose]();
    });

    const apply = async (configs: Record<string, PortConfig>) =>
      assert.deepEqual(await session.apply(new Map(Object.entries(configs))), new Map());
    const read = async (port: string): Promise<PortState> => (await session.read([port])).get(port)!;
    const native = (vlan: number): PortConfig => ({ native: vlan, tagged: [], isolated: false });

    it("does not offer the bridge's own port, nor those of other bridges", async () => {
      assert.deepEqual((await session.listPorts()).sort(), ['p1', 'p2']);
      const failures = await session.apply(
        new Map([
          [BRIDGE, CLOSED],
          ['s1-nic', CLOSED],
        ]),
      );
      assert.deepEqual(
        [...failures.values()].map(({ code }) => code),
        ['port_not_on_switch', 'port_not_on_switch'],
      );
    });

    it('a port without a tag is told to carry every VLAN', async () => {
      await lab.vsctl('clear', 'port', 'p1', 'tag', 'trunks', 'vlan_mode');
      const state = await read('p1');
      assert.ok(isUnknown(state) && state.code === 'port_carries_all_vlans');
    });

    it('what others configured is told as it is, and never as closed', async () => {
      const foreign = [
        'vlan_mode=dot1q-tunnel tag=10',
        'vlan_mode=native-tagged tag=10 trunks=10,20',
        'vlan_mode=access',
        'vlan_mode=trunk trunks=0,10',
        'vlan_mode=trunk trunks=10,4095',
        'vlan_mode=access tag=0',
        'vlan_mode=trunk trunks=4095 protected=false',
      ];
      for (const columns of foreign) {
        await lab.vsctl('clear', 'port', 'p1', 'tag', 'trunks', 'vlan_mode');
        await lab.vsctl('set', 'port', 'p1', 'protected=true', ...columns.split(' '));
        const state = await read('p1');
        assert.ok(
          isUnknown(state) && state.code === 'port_config_foreign',
          `${columns}: ${JSON.stringify(state)}`,
        );
      }
      await apply({ p1: native(10) });
      assert.deepEqual(await read('p1'), native(10));
    });

    it('addresses are told only where the settings say how to ask', async () => {
      assert.equal(session.addresses, undefined);
      const settings = { address: lab.address, bridge: BRIDGE, runtime: '/nowhere' };
      const astray = await ovsDriver.connect(settings, { signal });
      await assert.rejects(astray.addresses!(), { code: 'switch_failed' });
      await astray.close();
    });

    it('frames of the reserved VLAN pass between no closed ports', async () => {
      await apply({ p1: CLOSED, p2: CLOSED });
      assert.equal(await lab.wire.talks({ port: 'p1', vlan: 4095 }, { port: 'p2', vlan: 4095 }), false);
      await apply({ p1: native(10), p2: CLOSED });
      assert.equal(await lab.wire.talks({ port: 'p2', vlan: 4095 }, { port: 'p1', vlan: null }), false);
    });

    it('it is reached by TCP as well', async () => {
      const relay = createServer((socket) => {
        const { pathname } = new URL(lab.address);
        socket.pipe(createConnection(pathname)).pipe(socket);
      }).listen(0, '127.0.0.1');
      await once(relay, 'listening');
      const { port } = relay.address() as AddressInfo;
      const remote = await ovsDriver.connect(
        { address: `tcp:127.0.0.1:${port}`, bridge: BRIDGE },
        { signal },
      );
      assert.deepEqual((await remote.listPorts()).sort(), ['p1', 'p2']);
      await remote.close();
      relay.close();
    });

    it('a bridge that is not there is named', async () => {
      const connecting = ovsDriver.connect({ address: lab.address, bridge: 'nosuch' }, { signal });
      await assert.rejects(connecting, { code: 'switch_bridge_not_found' });
    });

    it('an address of another form is refused', async () => {
      for (const address of [
        '',
        'ssl:host:1',
        'tcp:',
        'tcp:host:0',
        'tcp:host:99999',
        'unix:relative',
        'host:6640',
      ]) {
        const connecting = ovsDriver.connect({ address, bridge: BRIDGE }, { signal });
        await assert.rejects(connecting, { code: 'switch_settings_invalid' }, address);
      }
    });

    it('while vswitchd does not run, nothing is said to be done or verified', async () => {
      await lab.kill('ovs-vswitchd');
      const impatient = await connect(400);
      await assert.rejects(impatient.read(['p1']), { code: 'switch_failed' });
      await assert.rejects(impatient.apply(new Map([['p1', native(30)]])), { code: 'switch_failed' });
      // The database says VLAN 30 now, and the datapath has been told nothing.
      await assert.rejects(impatient.read(['p1']), { code: 'switch_failed' });
      await lab.startSwitchd();
      await impatient.close();
      const patient = await connect();
      assert.deepEqual((await patient.read(['p1'])).get('p1'), native(30));
      await patient.close();
    });

    it('a device that was not there when vswitchd started is missing, and comes back with its VLAN', async () => {
      await apply({ p2: native(50) });
      await lab.kill('ovs-vswitchd');
      await lab.losePortDevice('p2');
      await lab.startSwitchd();
      const lost = await read('p2');
      assert.ok(isUnknown(lost) && lost.code === 'port_device_missing');
      // Asked for while the device was gone, and there when it is back.
      const failures = await session.apply(new Map([['p2', native(51)]]));
      assert.equal(failures.get('p2')?.code, 'port_device_missing');
      await lab.namespace.run('ip', 'link', 'add', 'p2', 'type', 'veth', 'peer', 'name', 's2-nic');
      await lab.until(async () => !isUnknown(await read('p2')));
      assert.deepEqual(await read('p2'), native(51));
    });

    it('a database that hangs is unreachable within the time-out', async () => {
      const impatient = await connect(300);
      lab.signal('ovsdb-server', 'SIGSTOP');
      const started = performance.now();
      try {
        await assert.rejects(impatient.read(['p1']), { code: 'switch_unreachable' });
      } finally {
        lab.signal('ovsdb-server', 'SIGCONT');
      }
      assert.ok(performance.now() - started < 10_000);
      await assert.rejects(impatient.read(['p1']), { code: 'switch_unreachable' });
      await impatient.close();
    });

    it('a database that dies is unreachable, and its configuration is there when it is back', async () => {
      await apply({ p1: native(40), p2: CLOSED });
      const doomed = await connect();
      await lab.kill('ovsdb-server');
      await assert.rejects(doomed.read(['p1']), { code: 'switch_unreachable' });
      await doomed.close();
      await lab.startDatabase();
      session = await connect();
      assert.deepEqual(await read('p1'), native(40));
      assert.ok(isClosed(await read('p2')));
    });

    it('what answers but is no OVSDB server is unreachable', async () => {
      const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
        0,
        '127.0.0.1',
      );
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const connecting = ovsDriver.connect({ address: `tcp:127.0.0.1:${port}`, bridge: BRIDGE }, { signal });
      await assert.rejects(connecting, { code: 'switch_unreachable' });
      server.close();
    });
  });
});
