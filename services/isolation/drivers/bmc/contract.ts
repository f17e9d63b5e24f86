/** What every BMC driver promises, as tests. A driver's own test file calls `bmcContract` with a rig. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError } from '@bullion/service/errors';
import type { BmcDriver, BootDevice, PowerState } from './driver.ts';

export type BmcRig = AsyncDisposable & {
  readonly driver: BmcDriver;
  readonly settings: Readonly<Record<string, unknown>>;
  /** What no error may hold: the password of `settings`, or the key. */
  readonly password: string;
  /** What makes the login of `settings` a wrong one. Left out: another password, another user. */
  readonly strangers?: readonly Readonly<Record<string, unknown>>[];
  /** A user who may look and not touch; left out where there is no such thing. */
  readonly viewer?: Readonly<Record<string, unknown>>;
  /** Settings of the right form, at which no BMC answers. */
  readonly nowhere: Readonly<Record<string, unknown>>;
  /** This BMC has no power meter, though its driver declares that there may be one. */
  readonly unmetered?: boolean;
  /** The server itself, beside the BMC. */
  power(): Promise<PowerState>;
  bootDevice(): Promise<BootDevice['device']>;
};

/** What the rig of a driver with a console has beside that. */
export type SerialRig = {
  /** The server prints on its serial line. */
  print(text: string): void;
  /** Everything that arrived at the server's serial line. */
  typed(): Buffer;
  /** The BMC loses its power or its network, and has it back. */
  vanish(): Promise<void>;
  comeBack(): Promise<void>;
};

/** A BMC that does not answer must be known within this, in milliseconds. */
const SILENCE_MS = 10_000;

export function bmcContract(
  name: string,
  makeRig: () => Promise<BmcRig & Partial<SerialRig>>,
  skip: string | false = false,
): void {
  describe(`BMC driver ${name}`, { skip, concurrency: 1 }, () => {
    let rig: BmcRig & Partial<SerialRig>;
    const end = new AbortController();

    before(async () => {
      rig = await makeRig();
    });
    after(async () => {
      end.abort();
      await rig?.[Symbol.asyncDispose]();
    });

    const unverified = () => rig.driver.capabilities.powerVerified === false;

    /** The error has this code, says where and what to do, and keeps the secret. */
    const withCode = (code: string) => (error: unknown) => {
      assert.ok(error instanceof BullionError, `a BullionError, not ${error}`);
      assert.equal(error.code, code, error.message);
      assert.ok(error.hint, 'it says what to do');
      const told = `${error.stack} ${error.cause} ${JSON.stringify(error)} ${JSON.stringify(error.toBody())}`;
      assert.ok(!told.includes(rig.password), 'it keeps the secret');
      if (code !== 'bmc_settings_invalid')
        assert.ok(error.message.includes(String(rig.settings.address)), error.message);
      return true;
    };

    it('power goes on and off, and both may be repeated', async () => {
      for (const state of ['on', 'on', 'off', 'off', 'on'] as const) {
        await rig.driver.setPower(rig.settings, state);
        await until(async () => (await rig.power()) === state);
        await until(async () => (await rig.driver.powerState(rig.settings)) === state);
      }
    });

    const switchOn = async () => {
      await rig.driver.setPower(rig.settings, 'on');
      await until(async () => (await rig.power()) === 'on');
    };

    it('cycle and reset leave the server on, soft lets it go off', async () => {
      await switchOn();
      await rig.driver.setPower(rig.settings, 'reset');
      assert.equal(await rig.power(), 'on');
      await rig.driver.setPower(rig.settings, 'cycle');
      await until(async () => (await rig.power()) === 'on');
      const soft = rig.driver.setPower(rig.settings, 'soft');
      if (!rig.driver.capabilities.powerActions.includes('soft')) {
        await assert.rejects(soft, withCode('bmc_capability_missing'));
        return;
      }
      await soft;
      await until(async () => (await rig.power()) === 'off');
    });

    it('a server that is off is neither cycled nor reset nor shut down', async () => {
      await rig.driver.setPower(rig.settings, 'off');
      await until(async () => (await rig.power()) === 'off');
      const { powerActions } = rig.driver.capabilities;
      for (const action of powerActions.filter((one) => one !== 'on' && one !== 'off')) {
        await assert.rejects(rig.driver.setPower(rig.settings, action), withCode('bmc_wrong_state'));
        assert.equal(await rig.power(), 'off');
      }
    });

    it('the boot device is set, and taken back', async () => {
      const { bootDevices, bootOnce } = rig.driver.capabilities;
      for (const device of bootDevices) {
        for (const firmware of ['bios', 'uefi'] as const) {
          await rig.driver.setBootDevice(rig.settings, { device, firmware, persistent: bootOnce === false });
          assert.equal(await rig.bootDevice(), device);
        }
      }
      if (bootOnce !== false) return;
      const once = { device: 'network', firmware: 'bios', persistent: false } as const;
      await assert.rejects(rig.driver.setBootDevice(rig.settings, once), withCode('bmc_capability_missing'));
    });

    it('what is not declared is refused', async () => {
      const { driver, settings } = rig;
      const { bootDevices, persistentBoot, console } = driver.capabilities;
      const lacks = withCode('bmc_capability_missing');
      const set = (device: BootDevice['device'], persistent: boolean) =>
        driver.setBootDevice(settings, { device, firmware: 'uefi', persistent });
      for (const device of ['network', 'disk', 'none'] as const) {
        if (!bootDevices.includes(device)) await assert.rejects(set(device, false), lacks);
      }
      if (!persistentBoot) await assert.rejects(set('disk', true), lacks);
      if (!console) await assert.rejects(driver.openConsole(settings, { signal: end.signal }), lacks);
    });

    it('many calls at once are all answered', async () => {
      await switchOn();
      const states = await Promise.all(Array.from({ length: 8 }, () => rig.driver.powerState(rig.settings)));
      assert.equal(new Set(states).size, 1);
    });

    it('a wrong password and an unknown user are told as such', async () => {
      await switchOn();
      for (const wrong of rig.strangers ?? [{ password: 'not it' }, { username: 'nobody' }]) {
        const settings = { ...rig.settings, ...wrong };
        const { powerActions } = rig.driver.capabilities;
        const action = powerActions.includes('soft') ? 'soft' : 'off';
        await assert.rejects(rig.driver.setPower(settings, action), withCode('bmc_wrong_password'));
        if (unverified()) continue;
        await assert.rejects(rig.driver.powerState(settings), withCode('bmc_wrong_password'));
        await assert.rejects(rig.driver.setPower(settings, 'on'), withCode('bmc_wrong_password'));
        if (!rig.driver.capabilities.console) continue;
        await assert.rejects(
          rig.driver.openConsole(settings, { signal: end.signal }),
          withCode('bmc_wrong_password'),
        );
      }
    });

    it('sensors and power draw are told where they are declared, and are absent where they are not', async () => {
      const { driver, settings } = rig;
      await driver.setPower(settings, 'on');
      assert.equal(driver.sensors !== undefined, driver.capabilities.sensors ?? false);
      assert.equal(driver.powerDraw !== undefined, driver.capabilities.powerDraw ?? false);
      const sensors = await driver.sensors?.(settings);
      if (sensors) assert.ok(sensors.some(({ name, reading }) => name !== '' && reading !== null));
      if (driver.powerDraw && rig.unmetered) {
        await assert.rejects(driver.powerDraw(settings), withCode('bmc_refused'));
      } else if (driver.powerDraw) {
        const watts = await driver.powerDraw(settings);
        assert.ok(watts > 0 && watts < 10_000, `${watts} W`);
      }
      const wrong = { ...settings, password: 'not it' };
      if (driver.sensors) await assert.rejects(driver.sensors(wrong), withCode('bmc_wrong_password'));
      if (driver.powerDraw) await assert.rejects(driver.powerDraw(wrong), withCode('bmc_wrong_password'));
    });

    it('a user without the privilege is refused', async (t) => {
      if (rig.viewer === undefined) return t.skip('no such user');
      // Off, so that there is something to be done.
      await rig.driver.setPower(rig.settings, 'off');
      await rig.driver.powerState(rig.viewer);
      await assert.rejects(rig.driver.setPower(rig.viewer, 'on'), withCode('bmc_refused'));
    });

    it('a BMC that does not answer is known to be unreachable within seconds', async (t) => {
      if (unverified()) return t.skip('nothing but the server itself answers here');
      const started = performance.now();
      await Promise.all([
        assert.rejects(rig.driver.powerState(rig.nowhere), { code: 'bmc_unreachable' }),
        // Not before the first has ended: so abort it, which must not wait for its turn.
        assert
          .rejects(rig.driver.powerState(rig.nowhere, { signal: AbortSignal.timeout(100) }), {
            code: 'bmc_unreachable',
          })
          .then(() => assert.ok(performance.now() - started < 2000)),
      ]);
      assert.ok(performance.now() - started < SILENCE_MS);
    });

    it('settings that are not valid are refused, and their values are not repeated', async () => {
      for (const settings of [null, {}, { ...rig.settings, surprise: 1 }, { ...rig.settings, username: 7 }]) {
        await assert.rejects(rig.driver.powerState(settings), withCode('bmc_settings_invalid'));
      }
    });

    describe('console', { concurrency: 1 }, () => {
      consoleTest('carries what the server prints and what is typed, and closes', async (line) => {
        const reader = await open();
        await until(async () => {
          line.print('Debian GNU/Linux\r\n');
          return reader.text().includes('Debian GNU/Linux\r\n');
        });
        if (types()) {
          reader.console.write(Buffer.from('root\r'));
          await until(async () => line.typed().includes('root\r'));
        } else {
          assert.throws(() => reader.console.write(Buffer.from('root\r')), withCode('bmc_refused'));
        }
        await reader.console.close();
        await reader.console.close();
        await reader.console.closed;
        await reader.ended;
        if (types()) reader.console.write(Buffer.from('nobody hears this'));
      });

      consoleTest(
        'lets the next reader in, and throws an earlier one out that did not close',
        async (line) => {
          const first = await open();
          await first.console.close();
          const second = await open();
          const third = await open();
          await until(async () => {
            line.print('for the third\r\n');
            return third.text().includes('for the third\r\n');
          });
          await assert.rejects(second.console.closed, withCode('bmc_console_taken'));
          await second.ended;
          await third.console.close();
        },
      );

      consoleTest('is closed by its signal', async () => {
        const abort = new AbortController();
        const reader = await open(abort.signal);
        abort.abort();
        await reader.console.closed;
        await reader.ended;
      });

      consoleTest('outlives a BMC that goes away for a while', async (line) => {
        const reader = await open();
        await line.vanish();
        // A driver may take long to miss a BMC that was silent anyway; it must miss the answer to a key.
        if (types()) reader.console.write(Buffer.from('into the void'));
        await until(async () => reader.states.at(-1) === 'bmc_unreachable', 20_000);
        await line.comeBack();
        await until(async () => reader.states.at(-1) === 'connected', 20_000);
        await until(async () => {
          line.print('back again\r\n');
          return reader.text().includes('back again\r\n');
        });
        assert.deepEqual(reader.states, ['connected', 'bmc_unreachable', 'connected']);
        await reader.console.close();
      });

      const types = () => rig.driver.capabilities.consoleInput !== false;

      function consoleTest(what: string, work: (line: SerialRig) => Promise<void>): void {
        it(what, { timeout: 60_000 }, async (t) => {
          if (!rig.driver.capabilities.console) return t.skip('this driver has no console');
          await work(rig as BmcRig & SerialRig);
        });
      }

      async function open(signal = end.signal) {
        const states: string[] = [];
        const console = await rig.driver.openConsole(rig.settings, {
          signal,
          onConnection: (connected, why) => states.push(connected ? 'connected' : (why?.code ?? 'lost')),
        });
        const chunks: Buffer[] = [];
        console.output.on('data', (chunk: Buffer) => chunks.push(chunk));
        const ended = new Promise((resolve) => console.output.once('end', resolve));
        return { console, states, ended, text: () => Buffer.concat(chunks).toString('latin1') };
      }
    });
  });
}

/** For what hardware does in its own time. */
export async function until(holds: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not so within ${timeoutMs} ms: ${holds}`);
    await sleep(100);
  }
}
