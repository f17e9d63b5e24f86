import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { type EmulatedBmc, startEmulatedBmc } from '@bullion/rack';
import { BullionError } from '@bullion/service/errors';
import { bmcContract } from '../contract.ts';
import { override, redfishDriver } from './driver.ts';
import { redfishSettingsSchema } from './settings.ts';

const settingsOf = ({ address, port, username, password, fingerprint }: EmulatedBmc) => ({
  ...{ address, port, username, password },
  tls: { fingerprint },
});

for (const login of ['basic', 'session'] as const) {
  bmcContract(`redfish (${login})`, async () => {
    const bmc = await startEmulatedBmc();
    const settings = { ...settingsOf(bmc), login };
    const names = { pxe: 'network', default: 'disk', none: 'none', cdrom: 'none', bios: 'none' } as const;
    return {
      driver: redfishDriver,
      settings,
      password: bmc.password,
      viewer: { ...settings, username: 'viewer' },
      nowhere: { ...settings, port: 9 },
      power: async () => bmc.server.power,
      bootDevice: async () => names[bmc.server.bootDevice],
      [Symbol.asyncDispose]: () => bmc[Symbol.asyncDispose](),
    };
  });
}

/** The error that this rejects with. */
async function refusal(call: Promise<unknown>): Promise<BullionError> {
  const error = await call.then(
    () => assert.fail('it was carried out'),
    (thrown) => thrown,
  );
  assert.ok(error instanceof BullionError, String(error));
  return error;
}

describe('redfish certificates', () => {
  it('a certificate that nobody vouches for is refused, and the error tells what to pin', async () => {
    await using bmc = await startEmulatedBmc();
    const { tls: _, ...unpinned } = settingsOf(bmc);
    const error = await refusal(redfishDriver.powerState(unpinned));
    assert.equal(error.code, 'bmc_untrusted');
    assert.ok(error.message.includes(bmc.fingerprint));
    assert.ok(error.hint?.includes(`"fingerprint": "${bmc.fingerprint}"`));
    const pinned = { ...unpinned, tls: { fingerprint: String(error.details?.fingerprint) } };
    assert.equal(await redfishDriver.powerState(pinned), 'off');
  });

  it('another certificate than the pinned one is refused, and its holder is asked nothing', async () => {
    await using bmc = await startEmulatedBmc();
    await using impostor = await startEmulatedBmc();
    let requests = 0;
    const settings = { ...settingsOf(bmc), port: impostor.port, login: 'session' };
    Object.defineProperty(impostor.server, 'power', { get: () => requests++ });
    const error = await refusal(redfishDriver.powerState(settings));
    assert.equal(error.code, 'bmc_untrusted');
    assert.match(error.hint ?? '', /do not send it the password/);
    assert.equal(requests, 0);
  });

  it('a fingerprint is taken with and without colons, in either case, and whoever asks for it gets no check', async () => {
    await using bmc = await startEmulatedBmc();
    const plain = bmc.fingerprint.replaceAll(':', '').toLowerCase();
    for (const tls of [{ fingerprint: plain }, plain, { insecure: true }, 'insecure']) {
      assert.equal(await redfishDriver.powerState({ ...settingsOf(bmc), tls }), 'off');
    }
  });
});

describe('redfish', { concurrency: true }, () => {
  it('a boot device for once is over after one boot, a persistent one is not', async () => {
    await using bmc = await startEmulatedBmc();
    const settings = settingsOf(bmc);
    const set = (persistent: boolean) =>
      redfishDriver.setBootDevice(settings, { device: 'disk', persistent, firmware: 'uefi' });
    await set(false);
    await redfishDriver.setPower(settings, 'on');
    assert.equal(bmc.server.bootDevice, 'none');
    await set(true);
    await redfishDriver.setPower(settings, 'reset');
    assert.equal(bmc.server.bootDevice, 'default');
  });

  it('what is written of the boot says nothing that is so already', () => {
    const disk = { device: 'disk', persistent: true, firmware: 'uefi' } as const;
    const target = { BootSourceOverrideTarget: 'Hdd', BootSourceOverrideEnabled: 'Continuous' };
    assert.deepEqual(override(disk, { BootSourceOverrideMode: 'UEFI' }), target);
    assert.deepEqual(override(disk, {}), target);
    assert.deepEqual(override(disk, { BootSourceOverrideMode: 'Legacy' }), {
      ...target,
      BootSourceOverrideMode: 'UEFI',
    });
    assert.deepEqual(override({ ...disk, device: 'none' }, { BootSourceOverrideMode: 'Legacy' }), {
      BootSourceOverrideTarget: 'None',
      BootSourceOverrideEnabled: 'Disabled',
    });
  });

  it('power that is as it should be is left alone', async () => {
    await using bmc = await startEmulatedBmc();
    await redfishDriver.setPower(settingsOf(bmc), 'off');
    assert.deepEqual(bmc.server.told, []);
  });

  it('a call leaves no session and no connection', async () => {
    await using bmc = await startEmulatedBmc();
    // More calls than the BMC has sessions.
    for (let i = 0; i < 20; i++) {
      await redfishDriver.powerState({ ...settingsOf(bmc), login: 'session' });
    }
  });

  it('sensors follow the power, and a power draw rises with the work', async () => {
    await using bmc = await startEmulatedBmc();
    const settings = settingsOf(bmc);
    const standby = await redfishDriver.powerDraw!(settings);
    const off = await redfishDriver.sensors!(settings);
    assert.deepEqual(
      off.find(({ name }) => name === 'CPU'),
      { name: 'CPU', reading: null, unit: 'celsius', status: 'off' },
    );
    await redfishDriver.setPower(settings, 'on');
    assert.ok((await redfishDriver.powerDraw!(settings)) > standby);
    const units = (await redfishDriver.sensors!(settings)).map(({ unit, status }) => `${unit} ${status}`);
    assert.deepEqual(units, ['celsius ok', 'celsius ok', 'rpm ok']);
  });

  it('a system that is not there is told', async () => {
    await using bmc = await startEmulatedBmc();
    assert.equal(await redfishDriver.powerState({ ...settingsOf(bmc), system: '1' }), 'off');
    const error = await refusal(redfishDriver.powerState({ ...settingsOf(bmc), system: '2' }));
    assert.equal(error.code, 'bmc_failed');
    assert.match(error.message, /Systems\/2/);
  });

  it('what takes the connection and says nothing is unreachable', async () => {
    const mute = createServer(() => {}).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const settings = { address: '127.0.0.1', port, username: 'a', password: 'b', tls: { insecure: true } };
    const error = await refusal(redfishDriver.powerState(settings));
    mute.close();
    assert.equal(error.code, 'bmc_unreachable');
    assert.match(error.message, /within 6 s/);
  });

  it('settings that cannot be right are refused', () => {
    const valid = { address: 'bmc1', username: 'admin', password: 'hunter2' };
    const wrong = [
      { address: 'a/b' },
      { address: 'user@host' },
      { username: 'a:b' },
      { system: '../../Managers/1' },
      { tls: {} },
      { tls: { insecure: false } },
      { tls: { fingerprint: 'AA:BB' } },
      { port: 0 },
    ];
    assert.ok(redfishSettingsSchema.safeParse(valid).success);
    for (const one of wrong) {
      assert.ok(!redfishSettingsSchema.safeParse({ ...valid, ...one }).success, JSON.stringify(one));
    }
  });
});
