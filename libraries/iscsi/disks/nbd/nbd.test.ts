import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { pattern, serve } from '../../testing/fixture.ts';
import { isQcow2, openQcow2 } from './qemu-disk.ts';

const run = promisify(execFile);
const skip =
  spawnSync('sh', ['-c', 'command -v qemu-nbd']).status === 0
    ? false
    : 'qemu-nbd is missing (Debian package qemu-utils)';

async function image(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-qcow2-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'disk.qcow2');
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', path, '16M']);
  return path;
}

test('what is written to a qcow2 image stands in it, and what is discarded reads as zeros', {
  skip,
}, async (t) => {
  const path = await image(t);
  assert.equal(await isQcow2(path), true);
  const opened = await openQcow2(path);
  const { session, server } = await serve(t, { disk: opened.disk });
  const initiator = await session();
  await initiator.testUnitReady();
  const data = pattern(1 << 20, 5);
  assert.equal((await initiator.write(2048, data)).status, 0);
  const reads = await Promise.all(
    Array.from({ length: 8 }, () => opened.disk.read(0, Buffer.alloc(4 << 20))),
  );
  assert.equal(reads.length, 8);
  assert.deepEqual((await initiator.read(2048, 2048)).data, data);
  await opened.disk.discard!(1 << 20, 64 << 10);
  await server.close();
  await opened.close();
  const { stdout } = await run('qemu-img', [
    'dd',
    '-f',
    'qcow2',
    '-O',
    'raw',
    `if=${path}`,
    `of=${path}.raw`,
  ]);
  assert.equal(stdout, '');
  const expected = Buffer.alloc(16 << 20);
  data.copy(expected, 1 << 20);
  expected.fill(0, 1 << 20, (1 << 20) + (64 << 10));
  const { stdout: sum } = await run('sha256sum', [`${path}.raw`]);
  assert.equal(sum.split(' ')[0], createHash('sha256').update(expected).digest('hex'));
});

test('an image that is broken or in use is refused, and it is said why', { skip }, async (t) => {
  const path = await image(t);
  const opened = await openQcow2(path);
  t.after(() => opened.close());
  await assert.rejects(openQcow2(path), { code: 'disk_open_failed', message: /lock/ });
  await writeFile(`${path}.bad`, 'QFI\xfb', 'latin1');
  await assert.rejects(openQcow2(`${path}.bad`), { code: 'disk_open_failed' });
});

test('when the server of an image dies, reads fail and nothing hangs', { skip }, async (t) => {
  const opened = await openQcow2(await image(t), { readOnly: true });
  assert.equal(opened.disk.readOnly, true);
  await opened.disk.close();
  await assert.rejects(opened.disk.read(0, Buffer.alloc(512)), { code: 'nbd_gone' });
  await opened.close();
});
