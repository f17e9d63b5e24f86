/** What a firmware is given to boot, by TFTP and HTTP, and what becomes of a boot whose firmware can be given nothing. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { insideOwnNetwork } from '../testing/own-network.ts';
import { Site } from '../testing/site.ts';
import { FIRMWARE_FOLDER } from './architectures.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  let site: Site;
  before(async () => {
    site = await Site.open();
    await site.image('debian');
    await site.isolation.allocate('n1', 'a');
  });
  after(() => site[Symbol.asyncDispose]());
  afterEach(() => site.endAll());

  for (const [as, code, words] of [
    ['arm32', 10, /32-bit ARM UEFI \(architecture 10\), for which there is no boot file/],
    ['httpArm64', 19, /arm64 UEFI by HTTP \(architecture 19\), and .*ipxe-arm64\.efi, its iPXE, is not on/],
  ] as const) {
    const there = as === 'httpArm64' && existsSync(join(FIRMWARE_FOLDER, 'ipxe-arm64.efi'));
    const skip = there ? 'there is an iPXE for arm64 on this machine' : false;
    test(`a firmware of architecture ${code} that nothing boots fails its boot at once`, {
      skip,
    }, async () => {
      const boot = await site.request('n1', { image: 'debian' });
      await site.poweredOn(boot);
      await site.node(1).dhcp(as);
      const operation = await site.ended(boot.operation);
      assert.equal(operation.state, 'failed');
      const { state, error } = await site.boot(boot.id);
      assert.deepEqual([state, error?.code], ['failed', 'boot_failed']);
      assert.match(error!.message, words);
    });
  }

  test('a node whose firmware boots by HTTP is given iPXE by HTTP, and then its script', async () => {
    const boot = await site.request('n1', { image: 'debian' });
    await site.poweredOn(boot);
    const node = site.node(1);
    const { bootFile } = (await node.dhcp('http'))!;
    assert.equal(bootFile, 'http://10.66.0.1:8069/firmware/ipxe.efi');
    const ipxe = readFileSync(join(FIRMWARE_FOLDER, 'ipxe.efi'));
    const head = await node.head(bootFile);
    assert.match(head, new RegExp(`^content-length: ${ipxe.length}\r$`, 'im'));
    assert.match(head, /^content-type: application\/efi\r$/im);
    const sum = createHash('sha256').update(ipxe).digest('hex');
    assert.match(
      await node.must('busybox', ['sh', '-c', `wget -q -O - ${bootFile} | sha256sum`]),
      new RegExp(sum),
    );
    assert.match((await node.dhcp('ipxe'))!.bootFile!, /\/boot\/boot_.*\/script\.ipxe$/);
    for (const path of [
      '/firmware/',
      '/firmware/ipxe.iso',
      '/firmware/..%2f..%2f..%2fetc%2fpasswd',
      '/firmware',
    ])
      assert.equal((await node.get(`http://10.66.0.1:8069${path}`)).status, 404, path);
    assert.equal((await node.post(bootFile, 'x')).status, 405);
  });
}
