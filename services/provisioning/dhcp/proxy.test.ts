/** Another DHCP server gives the addresses: the service adds what to boot, and learns who is where. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { OtherDhcp } from '../testing/other-dhcp.ts';
import { insideOwnNetwork } from '../testing/own-network.ts';
import { Site } from '../testing/site.ts';
import { neighbourAt } from './learn.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  let site: Site;
  let other: OtherDhcp;

  before(async () => {
    site = await Site.open({ dhcp: 'proxy' });
    await site.image('debian');
    await site.isolation.allocate('n1', 'a');
    other = await OtherDhcp.start({
      bridge: 'boot0',
      folder: site.folder,
      address: '10.66.0.9/24',
      directives: ['dhcp-range=10.66.0.100,10.66.0.150,1h'],
    });
  });

  after(async () => {
    await other?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  test('a node boots with an address that somebody else gave, and its disk is open there only', async () => {
    const boot = await site.request('n1', { image: 'debian' });
    await site.poweredOn(boot);
    const node = site.node(1);
    const { address } = (await node.dhcp('system'))!;
    assert.match(address, /^10\.66\.0\.1[0-5]\d$/);
    assert.equal((await site.boot(boot.id)).address, '');
    const bootFiles = async (architecture: number, as: 'firmware' | 'ipxe') =>
      (await node.offers(architecture, as)).map(({ serverId, offered, bootFile }) => ({
        serverId,
        offered,
        bootFile: bootFile?.replace(/boot_[^/]+/, 'TOKEN'),
      }));
    const given = { serverId: '10.66.0.9', offered: address, bootFile: undefined };
    const ours = { serverId: '10.66.0.1', offered: undefined };
    assert.deepEqual(sorted(await bootFiles(0, 'firmware')), [{ ...ours, bootFile: 'undionly.kpxe' }, given]);
    const script = 'http://10.66.0.1:8069/boot/TOKEN/script.ipxe';
    for (const architecture of [0, 7])
      assert.deepEqual(sorted(await bootFiles(architecture, 'ipxe')), [{ ...ours, bootFile: script }, given]);

    const url = (await node.offers(7, 'ipxe')).find(({ offered }) => offered === undefined)!.bootFile!;
    // Somebody who has come to know the address of the script has not the node's NIC.
    await site.node(2).use('10.66.0.77');
    assert.equal((await site.node(2).get(url)).status, 403);
    const { kernel, initrd, config: configUrl, text } = await node.script(url);
    assert.match(text, new RegExp(`bullion.ip=${address.replaceAll('.', '\\.')}/24 `));
    await node.mustGet(kernel);
    await node.mustGet(initrd);
    const config = await node.config(configUrl);
    assert.equal((config as Record<string, string>).HOLD_LEASE, 'yes');
    assert.equal((await node.capacity(config)).code, 0);
    assert.equal((await node.report(config)).status, 200);
    assert.equal((await site.ended(boot.operation)).state, 'succeeded');
    const running = await site.boot(boot.id);
    assert.equal(running.address, address);
    assert.deepEqual(
      running.timeline.slice(-5).map(({ stage }) => stage),
      [...['dhcp', 'ipxe', 'loaded', 'kernel', 'running']],
    );

    // After a power failure it is given another address, and boots there.
    await node.use('10.66.0.140');
    await node.script(url);
    assert.equal((await node.capacity(config)).code, 0);
    await node.use(address);
    assert.notEqual((await node.capacity(config)).code, 0);
    await site.endAll();
    assert.doesNotMatch(readFileSync(join(site.dhcpFolder, 'dnsmasq.conf'), 'utf8'), /script\.ipxe/);
  });

  const sorted = <Row extends { serverId: string | undefined }>(rows: Row[]) =>
    rows.sort((a, b) => String(a.serverId).localeCompare(String(b.serverId)));

  test('of the neighbour table, what was seen on the network itself counts', () => {
    const table = `IP address       HW type     Flags       HW address            Mask     Device
10.66.0.7        0x1         0x2         52:54:00:00:00:07     *        boot0
10.66.0.8        0x1         0x0         00:00:00:00:00:00     *        boot0
10.66.0.9        0x1         0x2         52:54:00:00:00:09     *        eth0
`;
    const at = (address: string) => neighbourAt(table, 'boot0', address);
    assert.deepEqual(['10.66.0.7', '10.66.0.8', '10.66.0.9', '10.66.0.70'].map(at), [
      '52:54:00:00:00:07',
      undefined,
      undefined,
      undefined,
    ]);
  });
}
