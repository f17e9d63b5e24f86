import assert from 'node:assert/strict';
import { it } from 'node:test';
import { magicPacket } from './packet.ts';
import { parseWolSettings, wolSettingsSchema } from './settings.ts';

it('a magic packet is six bytes of ones and the MAC sixteen times, however it is written', () => {
  const expected = `ffffffffffff${'525400ab0001'.repeat(16)}`;
  assert.equal(magicPacket('52:54:00:ab:00:01').toString('hex'), expected);
  assert.equal(magicPacket('52-54-00-AB-00-01').toString('hex'), expected);
});

it('a SecureOn password follows it, in either form', () => {
  const tail = (password: string) => magicPacket('52:54:00:ab:00:01', password).subarray(102).toString('hex');
  assert.equal(tail('01:02:03:0a:0b:0c'), '0102030a0b0c');
  assert.equal(tail('1.2.3.255'), '010203ff');
});

it('what is no MAC, and what is no SecureOn password, makes no packet', () => {
  for (const mac of ['', '52:54:00:ab:00', '52:54:00:ab:00:01:02', '525400ab0001', '52:54:00:ab:00:0g']) {
    assert.throws(() => magicPacket(mac), RangeError, mac);
  }
  for (const password of ['', '1.2.3', '1.2.3.256', '1.2.3.x', 'secret']) {
    assert.throws(() => magicPacket('52:54:00:ab:00:01', password), RangeError, password);
  }
});

it('settings that cannot be right are refused, and the defaults are those of a Linux machine', () => {
  const valid = {
    ...{ address: 'pc1', username: 'root', mac: '52:54:00:ab:00:01' },
    privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----',
    hostKey: `ssh-ed25519 ${'A'.repeat(68)}`,
  };
  const { shutdown, reboot, broadcast, wakePort } = parseWolSettings(valid);
  assert.deepEqual([shutdown, reboot], ['systemctl poweroff', 'systemctl reboot']);
  assert.deepEqual([broadcast, wakePort], ['255.255.255.255', 9]);
  const wrong = [
    ...[{ mac: 'x' }, { secureOn: 'x' }, { shutdown: '' }, { shutdown: 'a\nb' }, { broadcast: 'everybody' }],
    ...[{ address: '-oProxyCommand=x' }, { quietSeconds: 60 }, { quietSeconds: 0 }, { username: '-x' }],
  ];
  for (const one of wrong) {
    assert.ok(!wolSettingsSchema.safeParse({ ...valid, ...one }).success, JSON.stringify(one));
  }
});
