import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BullionError } from '@bullion/service/errors';
import { bmcContract, until } from '../contract.ts';
import { wolDriver } from './driver.ts';
import { Lab, whyNot } from './testing/lab.ts';

const skip = await whyNot();

// Most of the time of these tests is waiting for a machine to be silent, so they wait together.
describe('wol', { concurrency: true }, () => {
  bmcContract(
    'wol',
    async () => {
      const lab = await Lab.create();
      return {
        driver: wolDriver,
        settings: lab.settings,
        password: lab.settings.privateKey.split('\n')[2]!,
        strangers: [{ privateKey: lab.strangerKey }, { username: 'nobody' }],
        nowhere: { ...lab.settings, port: 9 },
        power: () => lab.power(),
        bootDevice: async () => 'none',
        [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
      };
    },
    skip,
  );

  const on = async (lab: Lab) => {
    await wolDriver.setPower(lab.settings, 'on');
    await until(async () => (await lab.power()) === 'on');
  };

  /** The error that this rejects with. */
  const refusal = async (call: Promise<unknown>, code: string): Promise<BullionError> => {
    const error = await call.then(
      () => assert.fail('it was carried out'),
      (thrown) => thrown,
    );
    assert.ok(error instanceof BullionError, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  };

  it('a packet for another machine, or with another SecureOn password, wakes nobody', { skip }, async () => {
    await using lab = await Lab.create();
    await wolDriver.setPower({ ...lab.settings, mac: '52:54:00:ab:00:02' }, 'on');
    await wolDriver.setPower({ ...lab.settings, secureOn: '01:02:03:0a:0b:0d' }, 'on');
    await wolDriver.setPower({ ...lab.settings, secureOn: undefined }, 'on');
    assert.equal(await wolDriver.powerState(lab.settings), 'off');
    assert.equal(await lab.power(), 'off');
  });

  it('a machine that hangs looks as if it were off: that is why its power counts as unverified', {
    skip,
  }, async () => {
    await using lab = await Lab.create();
    await on(lab);
    await lab.hang();
    await until(async () => (await wolDriver.powerState(lab.settings)) === 'off');
    assert.equal(await lab.power(), 'on');
    assert.equal(wolDriver.capabilities.powerVerified, false);
  });

  it('a command that fails is told with what it said, and another host key is not trusted', {
    skip,
  }, async () => {
    await using lab = await Lab.create();
    await on(lab);
    const shutdown = 'echo "sudo: a password is required" >&2; false';
    const failed = await refusal(wolDriver.setPower({ ...lab.settings, shutdown }, 'off'), 'bmc_refused');
    assert.match(failed.message, /ended with 1: sudo: a password is required/);
    const hostKey = `ssh-ed25519 ${'A'.repeat(68)}`;
    await refusal(wolDriver.setPower({ ...lab.settings, hostKey }, 'off'), 'bmc_untrusted');
    assert.equal(await lab.power(), 'on');
  });

  it('a machine that goes down before it has answered took the command', { skip }, async () => {
    await using lab = await Lab.create();
    await on(lab);
    const { shutdown, reboot } = lab.settings;
    await wolDriver.setPower({ ...lab.settings, reboot: `${reboot}; sleep 60` }, 'reset');
    assert.equal(await lab.power(), 'on');
    await wolDriver.setPower({ ...lab.settings, shutdown: `${shutdown}; sleep 60` }, 'off');
    assert.equal(await lab.power(), 'off');
  });

  it('a machine that refuses the connection is on all the same', { skip }, async () => {
    await using lab = await Lab.create();
    await on(lab);
    assert.equal(await wolDriver.powerState({ ...lab.settings, port: 9 }), 'on');
  });

  it('a name that nobody knows is told, and is not taken for a machine that is off', { skip }, async () => {
    const settings = {
      ...{ address: 'no-such-machine.invalid', username: 'root', mac: '52:54:00:ab:00:01' },
      privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----\nx',
      hostKey: `ssh-ed25519 ${'A'.repeat(68)}`,
    };
    await refusal(wolDriver.powerState(settings), 'bmc_unreachable');
  });
});
