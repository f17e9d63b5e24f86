import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BullionError } from '@bullion/service';
import { VolumeError } from '@bullion/volumes';
import { explained } from './storage-errors.ts';

const failing = (error: unknown) => explained('Cloning "debian"', () => Promise.reject(error));

test('an error of the volume store says what was tried, and keeps its hint', async () => {
  await assert.rejects(failing(new VolumeError('no-space', 'cloning x: no space left', 'Free some space.')), {
    name: 'BullionError',
    kind: 'unavailable',
    code: 'storage_no_space',
    message: 'Cloning "debian" failed: cloning x: no space left.',
    hint: 'Free some space.',
  });
});

test('a full disk is one thing to the caller, whoever met it', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  await assert.rejects(failing(full), { kind: 'unavailable', code: 'storage_no_space' });
});

test('another error of the system does not name paths of this server', async () => {
  const broken = Object.assign(new Error("EIO: i/o error, open '/var/lib/bullion/x'"), {
    code: 'EIO',
    syscall: 'open',
  });
  await assert.rejects(failing(broken), (error: BullionError) => {
    assert.equal(error.code, 'storage_io_error');
    assert.ok(!error.message.includes('/var'));
    return true;
  });
});

test('what is explained already, and what nobody knows, stays as it is', async () => {
  const ours = new BullionError('conflict', 'volume_in_use', 'It is in use.');
  await assert.rejects(failing(ours), ours);
  const bug = new TypeError('x is not a function');
  await assert.rejects(failing(bug), bug);
});
