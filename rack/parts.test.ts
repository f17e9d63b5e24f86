/** The parts that need no rack: identities, the BMC's language, the boot order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BootDevice, type Chassis, obey } from './chassis.ts';
import { down } from './down.ts';
import { macOf, portName, serialOf, uuidOf } from './identity.ts';
import { isAlive, lifeOf } from './life.ts';
import { missingPackages, type PackageNeed } from './packages.ts';
import { bootOrder } from './qemu.ts';

test('a server is the same one each time, and unlike any other', () => {
  assert.equal(macOf('r', 'a', 0), macOf('r', 'a', 0));
  const all = ['r', 's'].flatMap((rack) =>
    ['a', 'b'].flatMap((node) => [0, 1].map((nic) => macOf(rack, node, nic))),
  );
  assert.equal(new Set(all).size, all.length);
  for (const mac of all) assert.match(mac, /^52:54(:[0-9a-f]{2}){4}$/);
  assert.match(uuidOf('r', 'a'), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(uuidOf('r', 'a'), uuidOf('ra', ''));
  assert.match(serialOf('r', 'a'), /^BN[0-9A-F]{8}$/);
});

test('a port’s name fits into a Linux interface name', () => {
  assert.ok(portName('a'.repeat(10), 7).length <= 15);
});

test('the boot device comes first, and the network where none was chosen', () => {
  assert.deepEqual(bootOrder('none', ['nic0', 'disk0']), { nic0: 1, disk0: 2 });
  assert.deepEqual(bootOrder('pxe', ['nic0', 'disk0']), { nic0: 1, disk0: 2 });
  assert.deepEqual(bootOrder('default', ['nic0', 'disk0']), { disk0: 1, nic0: 2 });
  assert.deepEqual(bootOrder('default', ['nic0']), { nic0: 1 });
  assert.deepEqual(bootOrder('cdrom', ['nic0', 'disk0', 'cd0']), { cd0: 1, nic0: 2, disk0: 3 });
  assert.deepEqual(bootOrder('default', ['nic0', 'disk0', 'cd0']), { disk0: 1, nic0: 2, cd0: 3 });
});

/** Remembers what it was told. */
function fakeChassis(): Chassis & { told: string[] } {
  const told: string[] = [];
  const note = (what: string) => async (device?: BootDevice) =>
    void told.push(device ? `${what} ${device}` : what);
  return {
    told,
    power: 'on',
    bootDevice: 'pxe',
    bootOnce: false,
    powerOn: note('on'),
    powerOff: note('off'),
    reset: note('reset'),
    shutdown: note('shutdown'),
    setBootDevice: note('boot'),
  };
}

test('the BMC’s requests are understood', async () => {
  const chassis = fakeChassis();
  assert.deepEqual(await obey(chassis, ['get', 'power', 'boot']), ['power:1', 'boot:pxe']);
  for (const request of ['power 1', 'power 0', 'reset 1', 'shutdown 1', 'boot default', 'identify 15 0']) {
    assert.deepEqual(await obey(chassis, ['set', ...request.split(' ')]), []);
  }
  assert.deepEqual(chassis.told, ['on', 'off', 'reset', 'shutdown', 'boot default']);
});

test('a request that is not understood changes nothing', async () => {
  const chassis = fakeChassis();
  for (const request of ['set boot floppy', 'set power', 'get temperature', 'explode', '']) {
    await assert.rejects(obey(chassis, request.split(' ')));
  }
  assert.deepEqual(chassis.told, []);
});

test('a process is not taken for a later one of the same number', () => {
  const me = lifeOf(process.pid)!;
  assert.ok(isAlive(me));
  assert.ok(!isAlive({ ...me, startTime: '1' }));
  assert.equal(lifeOf(2 ** 22 + 1), undefined);
});

test('a package that is not installed is missed', () => {
  const needs: PackageNeed[] = [
    { package: 'there', provides: 'sh', why: '' },
    { package: 'no-command', provides: 'no-such-command', why: '' },
    { package: 'no-file', provides: '/no/such/file', why: '' },
  ];
  assert.deepEqual(
    missingPackages(needs).map((need) => need.package),
    ['no-command', 'no-file'],
  );
});

test('down does not remove what a strange name leads to', async () => {
  for (const name of ['..', '../..', '/', '', '.', 'a/../..', 'A']) {
    await assert.rejects(down(name), { code: 'rack_name_invalid' });
  }
});
