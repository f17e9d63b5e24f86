import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelScript, sanScript } from './ipxe-script.ts';

const kernel = {
  node: 'n1',
  configUrl: 'http://10.0.0.1/boot/config_x/config',
  kernelUrl: 'http://10.0.0.1/boot/boot_x/kernel',
  initrdUrl: 'http://10.0.0.1/boot/boot_x/initrd',
  address: '10.0.0.2',
  prefix: 24,
  mac: '52:54:00:00:00:01',
  cmdline: 'root=LABEL=root ro',
};
const san = {
  node: 'n1',
  portal: '10.0.0.1',
  port: 3260,
  target: 'iqn.2026-11.org.bullion:boot-1',
  initiator: 'iqn.2026-11.org.bullion:node-n1',
  user: 'boot-1',
  secret: 'a-secret',
};

test('a kernel is told where its configuration is, its address, and what its image says', () => {
  const line = kernelScript(kernel)
    .split('\n')
    .find((one) => one.startsWith('kernel '));
  assert.equal(
    line,
    'kernel --name kernel http://10.0.0.1/boot/boot_x/kernel initrd=initrd root=LABEL=root ro ' +
      'bullion.boot=http://10.0.0.1/boot/config_x/config bullion.ip=10.0.0.2/24 bullion.mac=52:54:00:00:00:01 ' +
      '|| goto failed',
  );
});

test('a disk is opened with its secret, and the session is kept for the operating system', () => {
  const text = sanScript(san);
  assert.match(text, /^set initiator-iqn iqn\.2026-11\.org\.bullion:node-n1$/m);
  assert.match(text, /^set username boot-1\nset password a-secret$/m);
  assert.match(text, /^set keep-san 1$/m);
  assert.match(
    text,
    /^sanboot --drive 0x80 iscsi:10\.0\.0\.1::3260:0:iqn\.2026-11\.org\.bullion:boot-1 \|\| goto failed$/m,
  );
});

test('every script is one of iPXE, and fails with the cause on the console and an exit', () => {
  for (const text of [kernelScript(kernel), sanScript(san)]) {
    assert.ok(text.startsWith('#!ipxe\n'));
    assert.match(text, /\n:failed\necho .*\$\{errno\}\nsleep 5\nexit 1\n$/);
  }
});
