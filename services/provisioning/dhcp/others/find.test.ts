import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLogger } from '@bullion/service';
import { OtherDhcp } from '../../testing/other-dhcp.ts';
import { insideOwnNetwork } from '../../testing/own-network.ts';
import { ip, SimulatedNode } from '../../testing/simulated-node.ts';
import { Dhcp } from '../dnsmasq.ts';
import { findDhcpServers } from './find.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  await ip('link', 'set', 'lo', 'up');
  await ip('link', 'add', 'boot0', 'type', 'bridge');
  await ip('address', 'add', '10.66.0.1/24', 'dev', 'boot0');
  // A link's own address is good at once, and not after a second of asking whether another has it.
  writeFileSync('/proc/sys/net/ipv6/conf/boot0/accept_dad', '0');
  await ip('link', 'set', 'boot0', 'up');

  function newFolder(t: TestContext): string {
    const folder = mkdtempSync('/dev/shm/bullion-others-');
    t.after(() => rmSync(folder, { recursive: true }));
    return folder;
  }

  test('a server of a network of its own is found, by IPv4 and by IPv6', async (t) => {
    await using _other = await OtherDhcp.start({
      bridge: 'boot0',
      folder: newFolder(t),
      // As a router that somebody has brought along: its addresses are not of this network.
      address: '192.168.1.1/24',
      address6: 'fd00:99::1/64',
      directives: [
        'dhcp-range=192.168.1.100,192.168.1.100,1h',
        'dhcp-boot=pxelinux.0',
        'dhcp-range=fd00:99::200,fd00:99::200,64,1h',
      ],
    });
    const found = await findDhcpServers('boot0');
    assert.deepEqual(
      found.map(({ protocol, address, offered }) => ({ protocol, offered, from: address.slice(0, 1) })),
      [
        { protocol: 'DHCP', offered: '192.168.1.100', from: '1' },
        { protocol: 'DHCPv6', offered: 'fd00:99::200', from: 'f' },
      ],
    );
    assert.deepEqual(found[0], {
      protocol: 'DHCP',
      interface: 'boot0',
      address: '192.168.1.1',
      serverId: '192.168.1.1',
      offered: '192.168.1.100',
      bootFile: 'pxelinux.0',
    });
  });

  test('one that gives no address and only says what to boot is found', async (t) => {
    await using _other = await OtherDhcp.start({
      bridge: 'boot0',
      folder: newFolder(t),
      address: '10.66.0.9/24',
      directives: [
        'dhcp-range=10.66.0.0,proxy',
        'dhcp-boot=lpxelinux.0',
        'pxe-service=BC_EFI,Boot,other.efi',
      ],
    });
    const found = await findDhcpServers('boot0');
    assert.deepEqual(
      found.map(({ serverId, offered, bootFile }) => ({ serverId, offered, bootFile })),
      [{ serverId: '10.66.0.9', offered: null, bootFile: 'lpxelinux.0' }],
    );
  });

  test('our own service, and an empty network, say nothing', async (t) => {
    const network = {
      name: 'p',
      interface: 'boot0',
      address: '10.66.0.1',
      prefix: 24,
      httpPort: 80,
      iscsiPort: 3260,
    };
    const folder = newFolder(t);
    const mac = '52:54:00:00:00:01';
    const node = await SimulatedNode.plug({ name: 'v1', mac, bridge: 'boot0', folder });
    t.after(() => node.unplug());
    for (const dhcp of ['own', 'proxy'] as const) {
      const ours = new Dhcp({
        network: { ...network, dhcp },
        folder: join(folder, dhcp),
        log: createLogger('silent'),
        onEvent: () => {},
      });
      t.after(() => ours.close());
      await ours.start([]);
      assert.deepEqual(await findDhcpServers('boot0', { listenMs: 1500 }), []);
      await ours.close();
    }
  });

  test('a network that cannot be searched is refused in words', async () => {
    await assert.rejects(findDhcpServers('nowhere0'), {
      code: 'dhcp_check_failed',
      message: /nowhere0.*not there/,
    });
  });
}
