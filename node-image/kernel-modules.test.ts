import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseModuleIndex, selectModules } from './kernel-modules.ts';

const index = parseModuleIndex(
  [
    'kernel/net/virtio_net.ko: kernel/net/failover.ko kernel/virtio/virtio.ko',
    'kernel/net/failover.ko:',
    'kernel/net/ethernet/a.ko:',
    'kernel/net/ethernet/b.ko.xz: kernel/virtio/virtio.ko',
    'kernel/virtio/virtio.ko:',
    'kernel/lib/libcrc32c.ko:',
    'kernel/crypto/crc32c-intel.ko:',
    '',
  ].join('\n'),
  'kernel/fs/ext4/ext4.ko\n',
  '# Soft dependencies\nsoftdep libcrc32c pre: crc32c-intel crc32c-absent\n',
);

test('a module brings what it depends on', () => {
  assert.deepEqual(selectModules(index, ['virtio_net']), [
    'kernel/net/failover.ko',
    'kernel/net/virtio_net.ko',
    'kernel/virtio/virtio.ko',
  ]);
});

test('a folder means all modules in it, compressed ones too', () => {
  const names = ['kernel/net/ethernet/a.ko', 'kernel/net/ethernet/b.ko.xz', 'kernel/virtio/virtio.ko'];
  assert.deepEqual(selectModules(index, ['net/ethernet/']), names);
});

test('soft dependencies come along if there are any, whichever way their name is written', () => {
  assert.deepEqual(selectModules(index, ['libcrc32c']), [
    'kernel/crypto/crc32c-intel.ko',
    'kernel/lib/libcrc32c.ko',
  ]);
});

test('a built-in module needs no file; an unknown one is refused', () => {
  assert.deepEqual(selectModules(index, ['ext4']), []);
  assert.throws(() => selectModules(index, ['xfs']), { code: 'module_not_found' });
  assert.throws(() => selectModules(index, ['sound/']), { code: 'module_not_found' });
});
