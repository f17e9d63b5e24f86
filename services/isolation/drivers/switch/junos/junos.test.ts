import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseXml } from '../../xml.ts';
import { type Cabled, switchContract } from '../contract.ts';
import type { SwitchSession } from '../driver.ts';
import { NetconfClient } from '../netconf/client.ts';
import { NetconfServer, whyNot } from '../netconf/testing/server.ts';
import { isClosed, isUnknown, type PortConfig } from '../port.ts';
import { junosDriver } from './driver.ts';
import { addressesOf, neighboursOf } from './readings.ts';

const skip = await whyNot();
const MODEL = join(import.meta.dirname, 'testing', 'junos-subset.yang');
const PORTS = ['ge-0/0/1', 'ge-0/0/2', 'xe-0/1/0', 'xe-0/1/1'] as const;
const XNM = 'xmlns="http://xml.juniper.net/xnm/1.1/xnm"';
const NC = 'xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"';

const { signal } = new AbortController();

/** An administrator, who changes the configuration and does not ask the driver. */
const administrator = (server: NetconfServer) =>
  NetconfClient.connect(server.settings, { signal, timeoutMs: 20_000 });

const edit = (by: NetconfClient, configuration: string) =>
  by.change(async () => `<configuration ${XNM} ${NC}>${configuration}</configuration>`);

const port = (name: string, inside: string) => `<interface><name>${name}</name>${inside}</interface>`;
const unit = (family: string) =>
  `<unit nc:operation="replace"><name>0</name><family>${family}</family></unit>`;

/** As out of the box: every port switches the VLAN named default. */
async function startServer(answers?: Record<string, string>): Promise<NetconfServer> {
  const server = await NetconfServer.start(MODEL, answers);
  const ports = [...PORTS, 'me0'].map((name) => port(name, unit('<ethernet-switching/>')));
  try {
    const first = await administrator(server);
    await edit(first, `<interfaces>${ports.join('')}</interfaces>`);
    await first.close();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** What a switch with one server on one port is documented to tell. */
function operational(heard?: Cabled): Record<string, string> {
  const traffic =
    '<traffic-statistics><input-bytes>640</input-bytes><input-packets>10</input-packets></traffic-statistics>';
  const interfaces = [...PORTS, 'me0'].map(
    (name) => `<physical-interface><name>\n${name}\n</name>${traffic}</physical-interface>`,
  );
  const { chassisId, portId, systemName } = heard?.neighbour ?? {};
  const neighbour = `<lldp-neighbor-information><lldp-local-port-id>${heard?.port}</lldp-local-port-id>
    <lldp-local-parent-interface-name>-</lldp-local-parent-interface-name>
    <lldp-remote-chassis-id-subtype>Mac address</lldp-remote-chassis-id-subtype>
    <lldp-remote-chassis-id>${chassisId}</lldp-remote-chassis-id>
    <lldp-remote-port-id-subtype>Mac address</lldp-remote-port-id-subtype>
    <lldp-remote-port-id>${portId}</lldp-remote-port-id>
    <lldp-remote-system-name>${systemName}</lldp-remote-system-name></lldp-neighbor-information>`;
  const entry = `<l2ng-mac-entry><l2ng-l2-mac-vlan-name>bullion-${heard?.vlan}</l2ng-l2-mac-vlan-name>
    <l2ng-l2-mac-address>${heard?.mac}</l2ng-l2-mac-address><l2ng-l2-mac-flags>D</l2ng-l2-mac-flags>
    <l2ng-l2-mac-logical-interface>${heard?.port}.0</l2ng-l2-mac-logical-interface></l2ng-mac-entry>`;
  const group = `<l2ng-l2ald-mac-entry-vlan><l2ng-l2-vlan-id>1</l2ng-l2-vlan-id>${entry}</l2ng-l2ald-mac-entry-vlan>`;
  return {
    'get-interface-information': `<interface-information>${interfaces.join('')}</interface-information>`,
    'get-lldp-neighbors-information': `<lldp-neighbors-information>${heard ? neighbour : ''}</lldp-neighbors-information>`,
    'get-ethernet-switching-table-information': `<l2ng-l2ald-rtb-macdb>${heard ? group : ''}</l2ng-l2ald-rtb-macdb>`,
  };
}

// Each has a server of its own, and most of the time is waiting for logins.
describe('junos', { concurrency: true }, () => {
  // No wires: netconfd is no switch.
  switchContract(
    'junos',
    async () => {
      const server = await startServer(operational());
      return {
        driver: junosDriver,
        settings: server.settings,
        ports: PORTS,
        absent: 'ge-0/0/9',
        nowhere: { ...server.settings, port: 1 },
        cabled: (heard) => server.tell(operational(heard)),
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
    skip,
  );

  describe('Junos configurations on a real NETCONF server', { skip, concurrency: 1 }, () => {
    let server: NetconfServer;
    let session: SwitchSession;
    let admin: NetconfClient;
    const connect = (changes: object = {}, timeoutMs = 20_000) =>
      junosDriver.connect({ ...server.settings, ...changes }, { signal, timeoutMs });
    const native = (vlan: number): PortConfig => ({ native: vlan, tagged: [], isolated: false });
    const read = async (name: string) => (await session.read([name])).get(name)!;

    before(async () => {
      server = await startServer();
      session = await connect();
      admin = await administrator(server);
    });
    after(async () => {
      await admin?.close();
      await session?.close();
      await server?.[Symbol.asyncDispose]();
    });

    it('what others configured is told as it is, and never as closed', async () => {
      await edit(
        admin,
        '<vlans><vlan><name>blue</name><vlan-id>50</vlan-id></vlan><vlan><name>grey</name></vlan></vlans>',
      );
      const switching = (inside: string) => unit(`<ethernet-switching>${inside}</ethernet-switching>`);
      const foreign = {
        routed: unit('<inet/>'),
        'no member': switching('<interface-mode>access</interface-mode>'),
        'no member of a trunk': switching('<interface-mode>trunk</interface-mode>'),
        'a VLAN without an id': switching('<vlan><members>grey</members></vlan>'),
        'an access port of two': switching('<vlan><members>10</members><members>11</members></vlan>'),
        'a second unit': `${switching('<vlan><members>10</members></vlan>')}<unit><name>7</name></unit>`,
        'a foreign native VLAN': `<native-vlan-id>9</native-vlan-id><unit nc:operation="delete"><name>7</name></unit>${switching('<interface-mode>trunk</interface-mode><vlan><members>10</members></vlan>')}`,
      };
      for (const [what, inside] of Object.entries(foreign)) {
        await edit(admin, `<interfaces>${port(PORTS[0], inside)}</interfaces>`);
        const state = await read(PORTS[0]);
        assert.ok(
          isUnknown(state) && state.code === 'port_config_foreign',
          `${what}: ${JSON.stringify(state)}`,
        );
      }
      const all = switching('<interface-mode>trunk</interface-mode><vlan><members>all</members></vlan>');
      await edit(admin, `<interfaces>${port(PORTS[0], all)}</interfaces>`);
      const open = await read(PORTS[0]);
      assert.ok(isUnknown(open) && open.code === 'port_carries_all_vlans');
      const named = switching(
        '<interface-mode>trunk</interface-mode><vlan><members>blue</members><members>9-11</members></vlan>',
      );
      await edit(admin, `<interfaces>${port(PORTS[0], named)}</interfaces>`);
      assert.deepEqual(await read(PORTS[0]), { native: 9, tagged: [10, 11, 50], isolated: false });
    });

    it('an apply sets right what it finds, and leaves the rest of the interface alone', async () => {
      await edit(
        admin,
        `<interfaces>${port(PORTS[0], '<description>rack 7 &lt;left&gt;</description><mtu>9000</mtu>')}</interfaces>`,
      );
      assert.equal((await session.apply(new Map([[PORTS[0], native(50)]]))).size, 0);
      assert.deepEqual(await read(PORTS[0]), native(50));
      await session.apply(new Map([[PORTS[0], { native: null, tagged: [], isolated: true }]]));
      assert.ok(isClosed(await read(PORTS[0])));
      const data = await admin.getConfig(
        `<configuration ${XNM}><interfaces>${port(PORTS[0], '')}</interfaces></configuration>`,
      );
      const text = JSON.stringify(data);
      assert.match(text, /rack 7 <left>/);
      assert.match(text, /9000/);
    });

    it('a change that the server refuses changes nothing, and leaves nothing behind', async () => {
      await session.apply(new Map([[PORTS[0], native(10)]]));
      await assert.rejects(
        edit(admin, `<interfaces>${port(PORTS[0], '<native-vlan-id>4095</native-vlan-id>')}</interfaces>`),
        {
          code: 'switch_failed',
        },
      );
      assert.deepEqual(await read(PORTS[0]), native(10));
      assert.equal((await session.apply(new Map([[PORTS[0], native(11)]]))).size, 0);
    });

    it('a lock that another holds is waited for, and told in the end', async () => {
      const { promise: hold, resolve: release } = Promise.withResolvers<void>();
      const { promise: held, resolve: holds } = Promise.withResolvers<void>();
      const other = await administrator(server);
      const editing = other.change(async () => {
        holds();
        await hold;
        return `<configuration ${XNM}/>`;
      });
      await held;
      const impatient = await connect({}, 2000);
      await assert.rejects(impatient.apply(new Map([[PORTS[1], native(12)]])), { code: 'switch_failed' });
      const patient = session.apply(new Map([[PORTS[1], native(12)]]));
      release();
      await editing;
      assert.equal((await patient).size, 0);
      await impatient.close();
      await other.close();
    });

    it('a host key that is not the registered one is told', async () => {
      const { hostKey } = server.settings;
      const wrong = `${hostKey.slice(0, -4)}AAAA`;
      await assert.rejects(connect({ hostKey: wrong }), { code: 'switch_identity_changed' });
    });

    it('a server that hangs is unreachable within the time-out', async () => {
      const impatient = await connect({}, 4000);
      server.freeze(true);
      const started = performance.now();
      try {
        await assert.rejects(impatient.read([PORTS[0]]), { code: 'switch_unreachable' });
      } finally {
        server.freeze(false);
      }
      assert.ok(performance.now() - started < 20_000);
      await impatient.close();
    });
  });
});

it('tables of other releases are read, and what is no port of ours is left out', () => {
  const flat = (port: string) =>
    `<l2ng-l2ald-mac-entry-vlan><l2ng-l2-mac-address>00:11:c6:01:53:a7</l2ng-l2-mac-address><l2ng-l2-vlan-id>4063</l2ng-l2-vlan-id><l2ng-l2-mac-logical-interface>${port}</l2ng-l2-mac-logical-interface></l2ng-l2ald-mac-entry-vlan>`;
  const table = parseXml(
    `<l2ng-l2ald-rtb-macdb>${flat('ae47.0')}${flat('vtep.32769')}</l2ng-l2ald-rtb-macdb>`,
  );
  const learned = [{ port: 'ae47', mac: '00:11:c6:01:53:a7', vlan: 4063 }];
  assert.deepEqual(addressesOf(table, new Map()), learned);
  const old = (local: string) =>
    `<lldp-neighbor-information><lldp-local-interface>${local}</lldp-local-interface><lldp-remote-chassis-id>f0:1c:2d:ed:68:80</lldp-remote-chassis-id><lldp-remote-port-description>eth0</lldp-remote-port-description></lldp-neighbor-information>`;
  const heard = neighboursOf(
    parseXml(`<lldp-neighbors-information>${old('ge-0/0/7.0')}${old('fxp0')}</lldp-neighbors-information>`),
  );
  const neighbour = { chassisId: 'f0:1c:2d:ed:68:80', portId: 'eth0', systemName: null };
  assert.deepEqual(heard, new Map([['ge-0/0/7', [neighbour]]]));
});
