import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { BullionError } from '@bullion/service';
import { OtherDhcp } from '../../testing/other-dhcp.ts';
import { insideOwnNetwork } from '../../testing/own-network.ts';
import { Site } from '../../testing/site.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  let site: Site;
  before(async () => {
    site = await Site.open();
    site.options.looksForOthers = true;
    await site.image('debian');
    await site.isolation.allocate('n1', 'a');
  });
  after(() => site[Symbol.asyncDispose]());
  afterEach(async () => {
    Object.assign(site.options, { dhcp: 'own', looksForOthers: false, logged: false });
    await site.restart();
    await site.endAll();
    site.options.looksForOthers = true;
  });

  const startOther = (...directives: string[]) =>
    OtherDhcp.start({ bridge: 'boot0', folder: site.folder, address: '10.66.0.9/24', directives });

  test('the service does not start beside another DHCP server, and says where that is', async () => {
    await using _other = await startOther('dhcp-range=10.66.0.100,10.66.0.150,1h');
    await assert.rejects(site.restart(), (error) => {
      assert.ok(error instanceof BullionError);
      assert.equal(error.code, 'other_dhcp_server');
      assert.match(
        error.message,
        /DHCP server 10\.66\.0\.9 on boot0, which offers the address 10\.66\.0\.1\d\d/,
      );
      assert.match(error.hint!, /--dhcp proxy.*--allow-other-dhcp/);
      return true;
    });
  });

  test('nodes that run keep their service, whoever turns up', async () => {
    await site.running('n1', { image: 'debian' });
    await using _other = await startOther('dhcp-range=10.66.0.100,10.66.0.150,1h');
    site.options.logged = true;
    await site.restart();
    assert.equal(site.service?.targets().length, 1);
    const told = () => readFileSync(site.logPath, 'utf8').includes('other DHCP servers answer nodes');
    assert.equal(told(), false, 'the service waits for nobody');
    await site.until('it is told', async () => told());
  });

  test('beside a server that gives the addresses it starts as its proxy; beside one that says what to boot it does not', async () => {
    site.options.dhcp = 'proxy';
    {
      await using _other = await startOther('dhcp-range=10.66.0.100,10.66.0.150,1h');
      await site.restart();
    }
    await using _other = await startOther('dhcp-range=10.66.0.100,10.66.0.150,1h', 'dhcp-boot=pxelinux.0');
    await assert.rejects(site.restart(), { code: 'other_dhcp_server', message: /boots pxelinux\.0/ });
  });
}
