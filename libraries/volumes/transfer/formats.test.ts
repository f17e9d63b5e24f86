import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { VolumeError, VolumeStore } from '../index.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { exportQcow2, FileSource, importImage } from './index.ts';
import { withCode } from './testing/expect-error.ts';

const skip =
  spawnSync('qemu-img', ['--version']).status === 0
    ? false
    : 'qemu-img is missing (Debian package qemu-utils)';
const noZstd =
  spawnSync('zstd', ['--version']).status === 0 ? false : 'zstd is missing (Debian package zstd)';
const MiB = 1 << 20;

async function setUp(t: TestContext) {
  const folder = await temporaryFolder(t);
  const store = await VolumeStore.open(join(folder, 'store'));
  t.after(() => store.close());
  const file = (name: string) => join(folder, name);
  const scratch = file('scratch');
  const take = (name: string, maxBytes?: number) =>
    importImage(store, 'image', new FileSource(file(name)), { scratch, maxBytes });
  const nothingLeft = async () => {
    assert.deepEqual(await store.list(), []);
    assert.deepEqual(await readdir(scratch), []);
  };
  return { store, file, take, nothingLeft, scratch };
}

const qemuImg = (...args: string[]) => {
  const { status, stderr } = spawnSync('qemu-img', args, { encoding: 'utf8', timeout: 30_000 });
  assert.equal(status, 0, stderr);
};

test('a qcow2 image that names a file of this machine is refused before anything opens that', {
  skip,
}, async (t) => {
  const { file, take, nothingLeft } = await setUp(t);
  await writeFile(file('secret'), Buffer.alloc(MiB, 'secret'));
  qemuImg('create', '-q', '-f', 'qcow2', '-b', file('secret'), '-F', 'raw', file('backed.qcow2'));
  await assert.rejects(take('backed.qcow2'), withCode('source-invalid', /a backing file/));
  qemuImg('create', '-q', '-f', 'qcow2', '-o', `data_file=${file('secret')}`, file('external.qcow2'), '1M');
  await assert.rejects(take('external.qcow2'), withCode('source-invalid', /its data/));
  await nothingLeft();
});

test('a disk that unpacks to more than the limit is refused', { skip }, async (t) => {
  const { file, take, nothingLeft } = await setUp(t);
  await writeFile(file('bomb.gz'), gzipSync(Buffer.alloc(64 * MiB)));
  await writeFile(file('bomb.zst'), zstdCompressSync(Buffer.alloc(64 * MiB)));
  qemuImg('create', '-q', '-f', 'qcow2', file('bomb.qcow2'), '4T');
  for (const name of ['bomb.gz', 'bomb.zst', 'bomb.qcow2']) {
    await assert.rejects(take(name, 8 * MiB), withCode('source-too-large'), name);
  }
  await nothingLeft();
});

test('what is cut off or of another kind is refused by name', { skip }, async (t) => {
  const { file, take, nothingLeft } = await setUp(t);
  const whole = gzipSync(Buffer.alloc(MiB, 'content'));
  await writeFile(file('cut.gz'), whole.subarray(0, whole.length / 2));
  await assert.rejects(take('cut.gz'), withCode('source-invalid', /not whole gzip/));
  for (const content of [Buffer.alloc(MiB, 'content'), randomBytes(MiB)]) {
    const packed = zstdCompressSync(content);
    for (const length of [5, packed.length >> 1, packed.length - 4, packed.length - 1]) {
      await writeFile(file('cut.zst'), packed.subarray(0, length));
      await assert.rejects(take('cut.zst'), withCode('source-invalid', /not whole zstd/), `${length} bytes`);
    }
  }
  await writeFile(file('cut.qcow2'), Buffer.from('QFI\xfb'.padEnd(200, '\0'), 'latin1'));
  await assert.rejects(take('cut.qcow2'), withCode('tool-failed'));
  for (const [name, magic] of [
    ['xz', '\xfd7zXZ\0'],
    ['VMDK', 'KDMV'],
    ['VHDX', 'vhdxfile'],
  ] as const) {
    await writeFile(file(name), Buffer.from(magic.padEnd(4096, '\0'), 'latin1'));
    await assert.rejects(take(name), withCode('source-invalid', new RegExp(name)));
  }
  await assert.rejects(
    take('none'),
    (error) => error instanceof VolumeError && error.code === 'image-missing',
  );
  await nothingLeft();
});

test('zstd of several frames, with and without checksums and sizes, is taken whole', {
  skip: skip || noZstd,
}, async (t) => {
  const { store, file, take } = await setUp(t);
  const content = Buffer.concat([Buffer.alloc(MiB, 'content'), randomBytes(MiB)]);
  await writeFile(file('plain'), content);
  const pack = (...args: string[]) =>
    spawnSync('zstd', ['-q', ...args], { input: content, maxBuffer: 16 * MiB, timeout: 30_000 }).stdout;
  const ways = [pack('-1'), pack('--no-check', '-19')];
  for (const packed of [...ways, Buffer.concat([pack('-3'), pack('--no-check')])]) {
    await writeFile(file('disk.zst'), packed);
    const { sizeBytes, sha256 } = await take('disk.zst');
    const wanted = sizeBytes === content.length ? content : Buffer.concat([content, content]);
    assert.equal(sha256, createHash('sha256').update(wanted).digest('hex'));
    assert.equal(sizeBytes, ways.includes(packed) ? content.length : 2 * content.length);
    await store.delete('image');
  }
  const skippable = Buffer.from('502a4d1804000000abcdabcd', 'hex');
  for (const odd of [Buffer.concat([skippable, pack()]), Buffer.concat([pack(), skippable])]) {
    await writeFile(file('disk.zst'), odd);
    await assert.rejects(take('disk.zst'), withCode('source-invalid', /parts of another kind/));
  }
});

test('content that is known by its hash is not fetched where its caller may see all of it', {
  skip,
}, async (t) => {
  const { store, file, scratch, take } = await setUp(t);
  await writeFile(file('disk.raw'), Buffer.alloc(MiB, 'content'));
  const { sha256 } = await take('disk.raw');
  const gone = new FileSource(file('never there'));
  const info = await importImage(store, 'again', gone, { scratch, contentSha256: sha256, skipKnown: true });
  assert.deepEqual([info.parent, info.sha256], ['image', sha256]);
  await assert.rejects(importImage(store, 'third', gone, { scratch, contentSha256: sha256 }));
});

test('an export never replaces a file, and a stopped one leaves none', { skip }, async (t) => {
  const { store, file, take } = await setUp(t);
  await writeFile(file('disk.raw'), Buffer.alloc(8 * MiB, 'content'));
  await take('disk.raw');
  await assert.rejects(exportQcow2(store, 'image', file('disk.raw')), withCode('destination-exists'));
  const stop = new AbortController();
  const work = exportQcow2(store, 'image', file('out.qcow2'), {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await assert.rejects(work, (error) => error instanceof VolumeError && error.code === 'aborted');
  assert.deepEqual((await readdir(file('.'))).sort(), ['disk.raw', 'scratch', 'store']);
  await exportQcow2(store, 'image', file('out.qcow2'), { compress: true });
  qemuImg('check', '-q', file('out.qcow2'));
});
