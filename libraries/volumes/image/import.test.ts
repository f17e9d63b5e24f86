import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { VolumeStore } from '../index.ts';
import { withCode } from '../testing/expect-error.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const MiB = 1024 * 1024;

async function setUp(t: Parameters<typeof temporaryFolder>[0]) {
  const folder = await temporaryFolder(t);
  const store = await VolumeStore.open(join(folder, 'store'));
  t.after(() => store.close());
  const file = (name: string) => join(folder, name);
  const nothingChanged = async () => {
    assert.deepEqual(await store.list(), []);
    assert.deepEqual(await readdir(join(store.folder, 'layers')), []);
  };
  return { store, file, nothingChanged };
}

test('a raw image comes back byte for byte, and its zeros take no space on either side', async (t) => {
  const { store, file } = await setUp(t);
  const content = Buffer.alloc(9 * MiB + 4096);
  for (const at of [0, 3 * MiB - 4096, 3 * MiB, 9 * MiB]) randomBytes(8192).copy(content, at);
  await writeFile(file('image.raw'), content);
  const seen: number[] = [];
  const info = await store.createImageFromFile('image', file('image.raw'), {
    expectedBytes: content.length,
    onProgress: ({ doneBytes, totalBytes }) => seen.push(doneBytes / totalBytes),
  });
  assert.equal(info.kind, 'image');
  assert.equal(info.sha256, createHash('sha256').update(content).digest('hex'));
  assert.ok(info.ownBytes < 100_000, `${info.ownBytes} bytes taken`);
  assert.equal(seen.at(-1), 1);
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );

  await store.exportRaw('image', file('out.raw'));
  assert.equal(Buffer.compare(await readFile(file('out.raw')), content), 0);
  assert.ok((await stat(file('out.raw'))).blocks * 512 < 100_000);
  await assert.rejects(store.exportRaw('image', file('out.raw')), withCode('file-exists'));

  const verdict = await store.verify('image');
  assert.deepEqual([verdict.ok, verdict.sha256], [true, info.sha256]);
});

test('what is not a whole image is refused, and nothing is changed', async (t) => {
  const { store, file, nothingChanged } = await setUp(t);
  const refused = (code: Parameters<typeof withCode>[0], words: RegExp, options = {}) =>
    assert.rejects(store.createImageFromFile('image', file('image.raw'), options), withCode(code, words));
  await refused('image-missing', /image\.raw/);
  await writeFile(file('image.raw'), '');
  await refused('image-empty', /image\.raw is empty/);
  await writeFile(file('image.raw'), Buffer.alloc(4096 + 512, 1));
  await refused('image-misaligned', /4608 bytes.*4096/);
  await writeFile(file('image.raw'), Buffer.alloc(8192, 1));
  await refused('image-truncated', /8192 bytes.*12288/, { expectedBytes: 12_288 });
  await refused('image-changed', /SHA-256/, { expectedSha256: '00'.repeat(32) });
  await assert.rejects(
    store.createImageFromFile('image', store.folder),
    withCode('image-missing', /not a file/),
  );
  await assert.rejects(store.createImageFromFile('no/name', file('image.raw')), withCode('name-invalid'));
  await nothingChanged();
});

test('an image whose own tables claim more than the file has is truncated', async (t) => {
  const { store, file, nothingChanged } = await setUp(t);
  const refused = async (content: Buffer, words: RegExp) => {
    await writeFile(file('image.raw'), content);
    await assert.rejects(
      store.createImageFromFile('image', file('image.raw')),
      withCode('image-truncated', words),
    );
  };
  const gpt = Buffer.alloc(64 * 1024);
  gpt.write('EFI PART', 512, 'latin1');
  gpt.writeUInt32LE(92, 512 + 12);
  gpt.writeBigUInt64LE(2047n, 512 + 32); // the backup header's place: a disk of 1 MiB
  gpt.writeUInt32LE(crc32(gpt.subarray(512, 604)), 512 + 16);
  await refused(gpt, /65536 bytes, but its GUID partition table says 1048576/);

  const classic = Buffer.alloc(64 * 1024);
  classic.writeUInt16LE(0xaa55, 510);
  classic.writeUInt8(0x80, 446);
  classic.writeUInt8(0x83, 450);
  classic.writeUInt32LE(8, 454);
  classic.writeUInt32LE(1000, 458);
  await refused(classic, /its partition table says 516096/);

  const ext = Buffer.alloc(64 * 1024);
  ext.writeUInt16LE(0xef53, 1024 + 56);
  ext.writeUInt32LE(2, 1024 + 24);
  ext.writeUInt32LE(256, 1024 + 4);
  await refused(ext, /its ext file system says 1048576/);
  await nothingChanged();

  await truncate(file('image.raw'), MiB);
  await store.createImageFromFile('image', file('image.raw'));
});

test('a file that changes while it is read is refused, and nothing is changed', async (t) => {
  const { store, file, nothingChanged } = await setUp(t);
  for (const change of [
    () => truncate(file('image.raw'), 2 * MiB),
    () => appendFile(file('image.raw'), Buffer.alloc(4096)),
    async () => {
      const handle = await open(file('image.raw'), 'r+');
      await handle.write(Buffer.alloc(1), 0, 1, 0);
      await handle.close();
    },
  ]) {
    await writeFile(file('image.raw'), Buffer.alloc(4 * MiB, 1));
    let changing: Promise<void> | undefined;
    const work = store.createImageFromFile('image', file('image.raw'), {
      onProgress: () => (changing ??= change()),
    });
    await assert.rejects(work, withCode('image-changed'));
    await changing;
    await nothingChanged();
  }
});

test('an import that is stopped leaves nothing, and the name is free again', async (t) => {
  const { store, file, nothingChanged } = await setUp(t);
  await writeFile(file('image.raw'), Buffer.alloc(4 * MiB, 1));
  const stop = new AbortController();
  const work = store.createImageFromFile('image', file('image.raw'), {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await assert.rejects(store.createVolume('image', MiB), withCode('name-taken'), 'while it runs');
  await assert.rejects(work, withCode('aborted'));
  await nothingChanged();
  await store.createImageFromFile('image', file('image.raw'));
});

test('verify finds a bit that rotted, and records the hash of a snapshot the first time', async (t) => {
  const { store, file } = await setUp(t);
  await writeFile(file('image.raw'), Buffer.alloc(MiB, 1));
  await store.createImageFromFile('image', file('image.raw'));
  await store.clone('image', 'v');
  await store.snapshot('v', 's');
  const first = await store.verify('s');
  assert.deepEqual([first.ok, first.expected], [true, undefined]);
  assert.equal(first.sha256, (await store.get('image')).sha256, 'the same content has the same hash');
  assert.equal((await store.get('s')).sha256, first.sha256);
  await assert.rejects(store.verify('v'), withCode('not-sealed'));

  const layers = join(store.folder, 'layers');
  for (const name of await readdir(layers)) {
    const path = join(layers, name);
    if (!name.endsWith('.data') || (await stat(path)).blocks === 0) continue;
    const handle = await open(path, 'r+');
    await handle.write(Buffer.from([2]), 0, 1, 5000);
    await handle.close();
  }
  const second = await store.verify('s');
  assert.deepEqual([second.ok, second.expected], [false, first.sha256]);
});

test('an import and a volume that want the same name at the same time: one gets it, the other is told', async (t) => {
  const { store, file } = await setUp(t);
  await writeFile(file('image.raw'), Buffer.alloc(MiB, 1));
  const both = [store.createVolume('name', MiB), store.createImageFromFile('name', file('image.raw'))];
  const [volume, image] = await Promise.allSettled(both);
  assert.equal(volume!.status, 'fulfilled');
  assert.ok(image!.status === 'rejected' && withCode('name-taken')(image!.reason));
  assert.equal((await store.list()).length, 1);
  assert.equal((await readdir(join(store.folder, 'layers'))).length, 2);
});
