import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '@bullion/service';
import { bmcContract, until } from '../contract.ts';
import { bootCommand, ipmiDriver } from './driver.ts';
import { ipmitoolArguments, ipmitoolEnvironment } from './ipmitool.ts';
import { ipmiSettingsSchema, parseIpmiSettings } from './settings.ts';
import { TOLD } from './testing/sdrs.ts';
import { SimulatedBmc } from './testing/sim.ts';

const missing = ['/usr/bin/ipmi_sim', '/usr/bin/ipmitool'].filter((program) => !existsSync(program));
const skip = missing.length > 0 && `needs ${missing.join(', ')} (Debian: openipmi, ipmitool)`;
const slow = process.env.BULLION_SLOW_TESTS === undefined && 'takes 50 s; set BULLION_SLOW_TESTS to run it';

type Choice = ['network' | 'disk' | 'none', boolean, 'bios' | 'uefi'];

/** Aborted when the test ends, however it ends: a console that is left open tries for ever to keep its line. */
function endOf(test: TestContext): AbortSignal {
  const end = new AbortController();
  test.after(() => end.abort());
  return end.signal;
}

// Most of the time of these tests is waiting for real time-outs, so they wait together.
describe('ipmi', { concurrency: true }, () => {
  bmcContract(
    'ipmi',
    async () => {
      const bmc = await SimulatedBmc.create();
      const names = { pxe: 'network', default: 'disk', none: 'none' } as const;
      return {
        driver: ipmiDriver,
        settings: bmc.settings,
        password: bmc.settings.password,
        viewer: { ...bmc.settings, username: 'viewer', privilege: 'user' },
        nowhere: { ...bmc.settings, port: 9 },
        unmetered: true, // ipmi_sim has no DCMI.
        power: async () => ((await bmc.file('power')) === '1' ? 'on' : 'off'),
        // What ipmi_sim tells its chassis helper; "default" is its word for the disk.
        bootDevice: async () => names[(await bmc.file('boot')) as keyof typeof names],
        print: (text) => bmc.print(text),
        typed: () => bmc.typed(),
        vanish: () => bmc.kill(),
        comeBack: () => bmc.start(),
        [Symbol.asyncDispose]: () => bmc[Symbol.asyncDispose](),
      };
    },
    skip,
  );

  describe('ipmi settings and commands', () => {
    const valid = { address: 'bmc1', username: 'admin', password: 'hunter2' };

    it('the password is in no argument', () => {
      assert.ok(!ipmitoolArguments(parseIpmiSettings(valid), 'power', 'on').join(' ').includes('hunter2'));
    });

    it('an address that could be an option of ipmitool is refused, and so is a password that IPMI cannot have', () => {
      const wrong = [
        { address: '-P' },
        { address: '' },
        { address: 'a b' },
        { password: 'x'.repeat(21) },
        { password: '' },
      ];
      for (const one of [...wrong, { username: 'x'.repeat(17) }, { port: 0 }, { privilege: 'root' }]) {
        assert.ok(!ipmiSettingsSchema.safeParse({ ...valid, ...one }).success, JSON.stringify(one));
      }
      for (const address of ['10.0.0.1', '::1', 'fe80::1', 'bmc-1.example.org']) {
        assert.ok(ipmiSettingsSchema.safeParse({ ...valid, address }).success, address);
      }
    });

    it('the boot device says for how long and for which firmware', () => {
      const command = (
        ...[device, persistent, firmware]: ['network' | 'disk' | 'none', boolean, 'bios' | 'uefi']
      ) => bootCommand({ device, persistent, firmware }).slice(2).join(' ');
      assert.equal(command('network', false, 'bios'), 'pxe');
      assert.equal(command('network', false, 'uefi'), 'pxe options=efiboot');
      assert.equal(command('disk', true, 'uefi'), 'disk options=persistent,efiboot');
      assert.equal(command('disk', true, 'bios'), 'disk options=persistent');
      assert.equal(command('none', true, 'uefi'), 'none');
    });
  });

  it('boot flags are on the wire as section 28.13 of IPMI 2.0 has them', { skip }, async () => {
    await using bmc = await SimulatedBmc.create();
    const settings = parseIpmiSettings(bmc.settings);
    const flags = async (...[device, persistent, firmware]: Choice) => {
      const command = ipmitoolArguments(settings, '-vv', ...bootCommand({ device, persistent, firmware }));
      const options = { timeoutMs: 5000, env: ipmitoolEnvironment(settings) };
      const { stdout, stderr } = await run('ipmitool', command, options);
      return /data +: 0x05 (0x\w+ 0x\w+)/.exec(stdout + stderr)?.[1];
    };
    // Valid 80, persistent 40, EFI 20; network 04, disk 08.
    assert.equal(await flags('network', false, 'bios'), '0x80 0x04');
    assert.equal(await flags('network', false, 'uefi'), '0xa0 0x04');
    assert.equal(await flags('disk', true, 'uefi'), '0xe0 0x08');
    assert.equal(await flags('disk', true, 'bios'), '0xc0 0x08');
    assert.equal(await flags('none', false, 'bios'), '0x80 0x00');
  });

  it('sensors are told in units, with what the BMC thinks of them', { skip }, async () => {
    await using bmc = await SimulatedBmc.create();
    assert.deepEqual(await ipmiDriver.sensors!(bmc.settings), TOLD);
    const error = await ipmiDriver.powerDraw!(bmc.settings).catch((thrown) => thrown);
    assert.match(error.message, /does not speak DCMI/);
  });

  describe('serial over LAN', { skip, concurrency: true }, () => {
    it('the console is transparent for every byte, those that ipmitool takes for commands included', async (t) => {
      await using bmc = await SimulatedBmc.create();
      const signal = endOf(t);
      const console = await ipmiDriver.openConsole(bmc.settings, { signal });
      console.output.resume();
      const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const keys = Buffer.concat([
        Buffer.from('~.~~?\r~.\n~~B\r\r~\r~~~.'),
        every,
        Buffer.from('\r~'),
        Buffer.from('.end'),
      ]);
      // In pieces of odd sizes, as keys come.
      for (let at = 0; at < keys.length; at += 7) console.write(keys.subarray(at, at + 7));
      await until(async () => bmc.typed().length >= keys.length).catch(() => {});
      assert.deepEqual(bmc.typed().toString('latin1'), keys.toString('latin1'));
      await console.close();
    });

    it('the console stays open while the server is gone, and goes on when it is back', async (t) => {
      await using bmc = await SimulatedBmc.create();
      const signal = endOf(t);
      const states: boolean[] = [];
      const console = await ipmiDriver.openConsole(bmc.settings, {
        signal,
        onConnection: (connected) => states.push(connected),
      });
      let text = '';
      console.output.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      for (const boot of ['first boot\r\n', 'second boot\r\n']) {
        await until(async () => {
          bmc.print(boot);
          return text.includes(boot);
        }, 60_000);
        await sleep(500);
        bmc.dropSerialLine();
      }
      assert.deepEqual(states, [true]);
      await console.close();
    });

    it('readers that come at once are let in one after another, and the last one stays', async (t) => {
      await using bmc = await SimulatedBmc.create();
      const signal = endOf(t);
      const open = () => ipmiDriver.openConsole(bmc.settings, { signal });
      const consoles = await Promise.all([open(), open(), open()]);
      const last = consoles[2];
      for (const earlier of consoles.slice(0, 2))
        await assert.rejects(earlier.closed, { code: 'bmc_console_taken' });
      let text = '';
      last.output.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      await until(async () => {
        bmc.print('still here');
        return text.includes('still here');
      });
      await last.close();
    });

    it('a service that is killed leaves no session at the BMC', async () => {
      await using bmc = await SimulatedBmc.create();
      const script = `
      import { ipmiDriver } from ${JSON.stringify(import.meta.resolve('./driver.ts'))};
      const settings = JSON.parse(process.env.SETTINGS);
      await ipmiDriver.openConsole(settings, { signal: new AbortController().signal });
      console.log('open');
    `;
      const service = spawn(process.execPath, ['--input-type=module', '--eval', script], {
        env: { ...process.env, SETTINGS: JSON.stringify(bmc.settings) },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(service.stdout, 'data');
      const settings = parseIpmiSettings(bmc.settings);
      const options = { timeoutMs: 5000, env: ipmitoolEnvironment(settings) };
      service.kill('SIGKILL');
      // ipmitool deactivates when its input ends. To find that out, try to: there must be nothing left.
      await sleep(1000);
      const finished = await run('ipmitool', ipmitoolArguments(settings, 'sol', 'deactivate'), options);
      assert.match(finished.stdout + finished.stderr, /already de-activated/);
    });

    it('an idle console stays open for longer than a BMC keeps an idle session', {
      skip: slow,
    }, async (t) => {
      await using bmc = await SimulatedBmc.create();
      const signal = endOf(t);
      const states: boolean[] = [];
      const console = await ipmiDriver.openConsole(bmc.settings, {
        signal,
        onConnection: (connected) => states.push(connected),
      });
      let text = '';
      console.output.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      await sleep(50_000);
      bmc.print('late');
      await until(async () => text === 'late');
      assert.deepEqual(states, [true]);
      await console.close();
    });
  });
});
