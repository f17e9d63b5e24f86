import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bmcContract, until } from '../contract.ts';
import { obmdDriver } from './driver.ts';
import { FakeObmd } from './testing/fake.ts';

const DEVICES = { pxe: 'network', disk: 'disk', none: 'none' } as const;

bmcContract('obmd', async () => {
  const obmd = await FakeObmd.start();
  const settings = { address: obmd.uri, password: obmd.adminToken };
  return {
    driver: obmdDriver,
    settings,
    password: obmd.adminToken,
    nowhere: { ...settings, address: 'http://127.0.0.1:9/node/n1' },
    power: async () => obmd.power,
    bootDevice: async () => DEVICES[obmd.bootdev as keyof typeof DEVICES],
    print: (text) => obmd.print(text),
    typed: () => Buffer.alloc(0),
    vanish: () => obmd.vanish(),
    comeBack: () => obmd.comeBack(),
    [Symbol.asyncDispose]: () => obmd[Symbol.asyncDispose](),
  };
});

it('a cycle is none by force, a reset is one', async () => {
  await using obmd = await FakeObmd.start();
  const settings = { address: obmd.uri, password: obmd.adminToken };
  await obmdDriver.setPower(settings, 'on');
  await obmdDriver.setPower(settings, 'cycle');
  await obmdDriver.setPower(settings, 'reset');
  assert.deepEqual(obmd.calls, ['power_on', 'power_cycle no force', 'power_cycle force']);
});

it('a token that another administrator ended is asked for anew', async () => {
  await using obmd = await FakeObmd.start();
  const settings = { address: obmd.uri, password: obmd.adminToken };
  await obmdDriver.powerState(settings);
  obmd.anotherAdministrator();
  assert.equal(await obmdDriver.powerState(settings), 'off');
});

it('power calls leave the console to its reader; another administrator takes it', async () => {
  await using obmd = await FakeObmd.start();
  const settings = { address: obmd.uri, password: obmd.adminToken };
  const end = new AbortController();
  const console = await obmdDriver.openConsole(settings, { signal: end.signal });
  let read = '';
  console.output.on('data', (chunk) => {
    read += chunk;
  });
  await obmdDriver.setPower(settings, 'on');
  obmd.print('login:');
  await until(async () => read === 'login:');
  obmd.anotherAdministrator();
  await assert.rejects(console.closed, { code: 'bmc_console_taken' });
});

it('a node that OBMd does not have, a BMC that fails, and a server that is no OBMd are told apart', async () => {
  await using obmd = await FakeObmd.start();
  const settings = { address: obmd.uri, password: obmd.adminToken };
  const other = { ...settings, address: obmd.uri.replace('n1', 'n2') };
  await assert.rejects(obmdDriver.powerState(other), { code: 'bmc_failed', message: /no such node/ });
  obmd.broken = true;
  await assert.rejects(obmdDriver.setPower(settings, 'on'), { code: 'bmc_failed', message: /HTTP 500/ });
});

it('an address is a URL, with nothing in it that belongs elsewhere', () => {
  const schema = obmdDriver.settingsSchema;
  const password = 'secret';
  for (const address of ['http://obmd:8081/node/n1', 'https://obmd.example/deep/node/n1']) {
    assert.ok(schema.safeParse({ address, password }).success, address);
  }
  for (const address of [
    'obmd',
    'ftp://obmd/n1',
    'http://u:p@obmd/n1',
    'http://obmd/n1?a',
    'http://obmd/n1#',
    '',
  ]) {
    assert.ok(!schema.safeParse({ address, password }).success, address);
  }
});
