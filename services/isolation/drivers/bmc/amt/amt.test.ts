import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { BullionError } from '@bullion/service/errors';
import { bmcContract } from '../contract.ts';
import { amtDriver } from './driver.ts';
import { amtSettingsSchema, bmcName, parseAmtSettings } from './settings.ts';
import { FakeAmt } from './testing/fake.ts';

const DEVICES = {
  'Intel(r) AMT: Force PXE Boot': 'network',
  'Intel(r) AMT: Force Hard-drive Boot': 'disk',
} as const;

for (const tls of [true, false]) {
  bmcContract(`amt (${tls ? 'TLS' : 'plain'})`, async () => {
    const amt = await FakeAmt.start(tls);
    return {
      driver: amtDriver,
      settings: amt.settings,
      password: amt.settings.password,
      viewer: { ...amt.settings, username: 'viewer' },
      nowhere: { ...amt.settings, port: 9 },
      power: async () => (amt.machine.power === 8 ? 'off' : 'on'),
      bootDevice: async () => DEVICES[amt.machine.next as keyof typeof DEVICES] ?? 'none',
      [Symbol.asyncDispose]: () => amt[Symbol.asyncDispose](),
    };
  });
}

/** The error that this rejects with. */
async function refusal(call: Promise<unknown>, code: string): Promise<BullionError> {
  const error = await call.then(
    () => assert.fail('it was carried out'),
    (thrown) => thrown,
  );
  assert.ok(error instanceof BullionError, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

const nextBoot = (device: 'network' | 'disk' | 'none') =>
  ({ device, persistent: false, firmware: 'uefi' }) as const;

describe('amt', { concurrency: true }, () => {
  it('a machine that sleeps is on: it is woken by on, and switched off by off', async () => {
    await using amt = await FakeAmt.start();
    amt.machine.power = 4;
    assert.equal(await amtDriver.powerState(amt.settings), 'on');
    await amtDriver.setPower(amt.settings, 'on');
    assert.equal(amt.machine.power, 2);
    amt.machine.power = 4;
    await amtDriver.setPower(amt.settings, 'off');
    assert.deepEqual(amt.machine.requests, [2, 8]);
  });

  it('power that is as it should be is left alone', async () => {
    await using amt = await FakeAmt.start();
    await amtDriver.setPower(amt.settings, 'off');
    await amtDriver.setPower(amt.settings, 'on');
    await amtDriver.setPower(amt.settings, 'on');
    assert.deepEqual(amt.machine.requests, [2]);
  });

  it('a request that AMT does not take now is refused with those that it takes, and not sent', async () => {
    await using amt = await FakeAmt.start();
    amt.machine.power = 4;
    const error = await refusal(amtDriver.setPower(amt.settings, 'soft'), 'bmc_refused');
    assert.match(error.message, /takes the requests 2, 8, 5, 10 now, and not 12.*LMS/);
    assert.deepEqual(amt.machine.requests, []);
  });

  it('an AMT that does not tell what it takes is asked all the same', async () => {
    await using amt = await FakeAmt.start();
    amt.machine.tellsRequests = false;
    await amtDriver.setPower(amt.settings, 'on');
    await amtDriver.setPower(amt.settings, 'reset');
    amt.machine.redirected = true;
    const error = await refusal(amtDriver.setPower(amt.settings, 'off'), 'bmc_failed');
    assert.match(error.message, /redirection session .* \(4097\)/);
  });

  it('a boot device is for one boot, and a later choice replaces an earlier one', async () => {
    await using amt = await FakeAmt.start();
    await amtDriver.setBootDevice(amt.settings, nextBoot('disk'));
    await amtDriver.setBootDevice(amt.settings, nextBoot('network'));
    assert.equal(amt.machine.next, 'Intel(r) AMT: Force PXE Boot');
    await amtDriver.setPower(amt.settings, 'on');
    assert.equal(amt.machine.next, undefined);
  });

  it('options of an earlier boot do not stand in the way, and what AMT does not take is not written', async () => {
    await using amt = await FakeAmt.start();
    amt.machine.options.set('UseSOL', 'true').set('SecureErase', 'true').set('BootMediaIndex', '1');
    await amtDriver.setBootDevice(amt.settings, nextBoot('network'));
    const { options } = amt.machine;
    for (const name of ['UseSOL', 'SecureErase']) assert.equal(options.get(name), 'false', name);
    assert.equal(options.get('BootMediaIndex'), '0');
    assert.equal(options.get('EnforceSecureBoot'), 'true');
    assert.equal(options.get('InstanceID'), 'Intel(r) AMT:BootSettingData 0');
  });

  it('a nonce that became stale is replaced within a call, and no login is wrong for it', async () => {
    await using amt = await FakeAmt.start();
    amt.guard.usesPerNonce = 1;
    await amtDriver.setBootDevice(amt.settings, nextBoot('network'));
    assert.equal(amt.guard.refused, 0);
  });

  it('a wrong password is tried once: AMT locks a user out', async () => {
    await using amt = await FakeAmt.start();
    await refusal(amtDriver.powerState({ ...amt.settings, password: 'x' }), 'bmc_wrong_password');
    assert.equal(amt.guard.refused, 1);
  });

  it('a fault is told with its reason and its AMT status, and keeps the secret', async () => {
    await using amt = await FakeAmt.start();
    amt.fault = FakeAmt.fault('wsman:InternalError', `It broke at ${amt.settings.password}.`, 2);
    const error = await refusal(amtDriver.powerState(amt.settings), 'bmc_failed');
    assert.match(error.message, /InternalError: It broke at \*\*\*\. AMT-STATUS 2/);
    amt.fault = FakeAmt.fault('wsman:AccessDenied', 'Not now.');
    assert.match((await refusal(amtDriver.powerState(amt.settings), 'bmc_refused')).message, /consent/);
  });

  it('what a method returns is told in words', async () => {
    await using amt = await FakeAmt.start();
    const told: [number, string, RegExp][] = [
      [1, 'bmc_refused', /does not support/],
      [2, 'bmc_failed', /\(2\)/],
      [4099, 'bmc_failed', /busy/],
      [32768 + 16, 'bmc_refused', /not permitted/],
      [32768 + 38, 'bmc_failed', /AMT status 38/],
      [99, 'bmc_failed', /unknown reason \(99\)/],
    ];
    for (const [value, code, says] of told) {
      amt.returns = value;
      assert.match((await refusal(amtDriver.setPower(amt.settings, 'on'), code)).message, says);
    }
  });

  it('what is not AMT is told as such', async () => {
    const pages: Record<string, { status: number; headers?: Record<string, string>; body: string }> = {
      'a web page': { status: 200, body: '<html><body>It works!</body></html>' },
      'another kind of login': { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="x"' }, body: '' },
      'nothing there': { status: 404, body: '' },
    };
    for (const [what, { status, headers, body }] of Object.entries(pages)) {
      const server = createServer((_, response) => response.writeHead(status, headers).end(body));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const settings = { address: '127.0.0.1', port, password: 'x', tls: 'off' };
      const error = await refusal(amtDriver.powerState(settings), 'bmc_failed');
      server.close();
      assert.match(error.message, /is it Intel AMT\?/, what);
    }
  });

  it('another certificate than the pinned one is refused, and its holder is asked nothing', async () => {
    await using amt = await FakeAmt.start();
    await using impostor = await FakeAmt.start();
    const settings = { ...amt.settings, port: impostor.settings.port };
    await refusal(amtDriver.powerState(settings), 'bmc_untrusted');
    const unpinned = await refusal(
      amtDriver.powerState({ ...amt.settings, tls: undefined }),
      'bmc_untrusted',
    );
    const tls = String(unpinned.details?.fingerprint);
    assert.equal(await amtDriver.powerState({ ...amt.settings, tls }), 'off');
  });

  it('the port follows from the settings, and settings that cannot be right are refused', () => {
    const valid = { address: 'pc1', password: 'P@ssw0rd' };
    assert.equal(parseAmtSettings(valid).port, 16993);
    assert.equal(parseAmtSettings({ ...valid, tls: 'off' }).port, 16992);
    assert.equal(bmcName(parseAmtSettings({ ...valid, tls: 'off', port: 16993 })), 'pc1 port 16993');
    for (const one of [{ username: 'a:b' }, { tls: 'on' }, { tls: {} }, { port: 0 }, { password: '' }]) {
      assert.ok(!amtSettingsSchema.safeParse({ ...valid, ...one }).success, JSON.stringify(one));
    }
  });
});
