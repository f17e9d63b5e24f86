import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLogger } from '@bullion/service';
import { insideOwnNetwork } from '../testing/own-network.ts';
import { ip, SimulatedNode } from '../testing/simulated-node.ts';
import { Dhcp } from './dnsmasq.ts';
import type { DhcpHost } from './hosts.ts';
import type { DhcpEvent } from './log.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  await ip('link', 'set', 'lo', 'up');
  await ip('link', 'add', 'boot0', 'type', 'bridge');
  await ip('address', 'add', '10.66.0.1/24', 'dev', 'boot0');
  await ip('link', 'set', 'boot0', 'up');

  const host = (number: number, last: number, script = 'x'): DhcpHost => ({
    mac: `52:54:00:00:00:0${number}`,
    address: `10.66.0.${last}`,
    hostname: `n${number}`,
    tag: `boot-${number}-${last}-${script}`,
    scriptUrl: `http://10.66.0.1/boot/${script}/script.ipxe`,
  });

  /** dnsmasq on the bridge, and `count` nodes. */
  async function serve(t: TestContext, count: number) {
    const folder = mkdtempSync('/dev/shm/bullion-dhcp-');
    const events: DhcpEvent[] = [];
    const network = {
      name: 'provisioning',
      interface: 'boot0',
      address: '10.66.0.1',
      prefix: 24,
      httpPort: 80,
      iscsiPort: 3260,
    };
    const dhcp = new Dhcp({
      network,
      folder: join(folder, 'dhcp'),
      log: createLogger('silent'),
      onEvent: (event) => events.push(event),
    });
    const nodes: SimulatedNode[] = [];
    t.after(async () => {
      await dhcp.close();
      for (const node of nodes) await node.unplug();
      rmSync(folder, { recursive: true });
    });
    for (let number = 1; number <= count; number++) {
      const { mac } = host(number, 0);
      nodes.push(await SimulatedNode.plug({ name: `v${number}`, mac, bridge: 'boot0', folder }));
    }
    return { dhcp, folder, events, nodes };
  }

  test('a node is told what its firmware, and then its iPXE, is to load; a stranger is told nothing', async (t) => {
    const { dhcp, events, nodes } = await serve(t, 2);
    await dhcp.start([host(1, 7)]);
    assert.deepEqual(await nodes[0]!.dhcp('firmware'), { address: '10.66.0.7', bootFile: 'ipxe.efi' });
    assert.deepEqual(await nodes[0]!.dhcp('ipxe'), {
      address: '10.66.0.7',
      bootFile: 'http://10.66.0.1/boot/x/script.ipxe',
    });
    assert.deepEqual(await nodes[0]!.dhcp('system'), { address: '10.66.0.7', bootFile: undefined });
    assert.equal(await nodes[1]!.dhcp('ipxe', 1), undefined);
    assert.deepEqual(events[0], { kind: 'discover', mac: '52:54:00:00:00:01', architecture: 7 });
    assert.ok(events.some(({ kind, mac }) => kind === 'ack' && mac === '52:54:00:00:00:01'));
  });

  test('the boot file is chosen by the architecture that the firmware tells', async (t) => {
    const { dhcp, nodes } = await serve(t, 1);
    await dhcp.start([host(1, 7)]);
    for (const [as, bootFile] of [
      ['bios', 'undionly.kpxe'],
      ['firmware', 'ipxe.efi'],
      ['arm64', 'ipxe-arm64.efi'],
      ['arm32', undefined],
      ['http', 'http://10.66.0.1:80/firmware/ipxe.efi'],
      ['httpArm64', 'http://10.66.0.1:80/firmware/ipxe-arm64.efi'],
    ] as const)
      assert.deepEqual(await nodes[0]!.dhcp(as), { address: '10.66.0.7', bootFile });
  });

  test('a node is served from when it is named until it no longer is', async (t) => {
    const { dhcp, nodes } = await serve(t, 2);
    await dhcp.start([]);
    assert.equal(await nodes[0]!.dhcp('ipxe', 1), undefined);
    await dhcp.refresh(async () => [host(1, 7)]);
    assert.equal((await nodes[0]!.dhcp('ipxe'))?.address, '10.66.0.7');
    await dhcp.refresh(async () => [host(1, 7), host(2, 8)]);
    assert.equal((await nodes[1]!.dhcp('ipxe'))?.address, '10.66.0.8');
    await dhcp.refresh(async () => [host(2, 8)]);
    assert.equal(await nodes[0]!.dhcp('ipxe', 1), undefined);
    assert.equal((await nodes[1]!.dhcp('ipxe'))?.address, '10.66.0.8');
  });

  test('an address passes to another node although its former holder did not give it back', async (t) => {
    const { dhcp, nodes } = await serve(t, 2);
    await dhcp.start([host(1, 7)]);
    assert.equal((await nodes[0]!.dhcp('ipxe'))?.address, '10.66.0.7');
    await dhcp.refresh(async () => []);
    await dhcp.refresh(async () => [host(2, 7)]);
    assert.equal((await nodes[1]!.dhcp('ipxe'))?.address, '10.66.0.7');
  });

  test('a node that boots anew is given its new script', async (t) => {
    const { dhcp, nodes } = await serve(t, 1);
    await dhcp.start([host(1, 7, 'former')]);
    await nodes[0]!.dhcp('ipxe');
    await dhcp.refresh(async () => [host(1, 7, 'next')]);
    assert.equal((await nodes[0]!.dhcp('ipxe'))?.bootFile, 'http://10.66.0.1/boot/next/script.ipxe');
  });

  test('of many changes at once the last one counts', async (t) => {
    const { dhcp, folder } = await serve(t, 0);
    await dhcp.start([]);
    let hosts: DhcpHost[] = [];
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => {
        hosts = index % 4 === 3 ? [] : [...hosts, host((index % 8) + 1, index + 10)];
        return dhcp.refresh(async () => hosts);
      }),
    );
    hosts = [host(1, 50)];
    await dhcp.refresh(async () => hosts);
    assert.deepEqual(readdirSync(join(folder, 'dhcp', 'hosts')), [host(1, 50).tag]);
  });

  test('where it cannot be served, that is said', async (t) => {
    const { folder } = await serve(t, 0);
    const dhcp = new Dhcp({
      network: {
        name: 'provisioning',
        interface: 'nowhere0',
        address: '10.67.0.1',
        prefix: 24,
        httpPort: 80,
        iscsiPort: 3260,
      },
      folder: join(folder, 'other'),
      log: createLogger('silent'),
      onEvent: () => {},
    });
    await assert.rejects(dhcp.start([]), { code: 'dhcp_failed', message: /nowhere0/ });
    await dhcp.close();
  });
}
