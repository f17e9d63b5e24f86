import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { VolumeStore } from '../index.ts';
import { nativeFiles } from '../system/native-files.ts';
import { FaultyFiles } from '../testing/faulty-files.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { decodeFrame, encodeFrame, frameLength, type JournalEntry } from './frame.ts';
import { Journal } from './journal.ts';
import { JournalSegment } from './segment.ts';

const A = '00000000000000aa';
const B = '00000000000000bb';
const NONCE = new Uint8Array(16).fill(7);
const MiB = 1024 * 1024;

const layerId = fc.constantFrom(A, B);
const entries = fc.array(
  fc.oneof(
    fc
      .record({
        layerId,
        position: fc.nat(2 ** 40),
        length: fc.integer({ min: 1, max: 20 }),
        fill: fc.nat(255),
      })
      .map(({ layerId, position, length, fill }): JournalEntry => {
        const bytes = new Uint8Array(length * 512).fill(fill);
        return { kind: 'data', layerId, position: position * 512, bytes };
      }),
    fc
      .record({ layerId, first: fc.nat(2 ** 31), count: fc.nat(2 ** 31) })
      .map((zero): JournalEntry => ({ kind: 'zero', ...zero })),
    fc.record({ layerId, upTo: fc.nat(2 ** 40) }).map((one): JournalEntry => ({ kind: 'settled', ...one })),
  ),
  { maxLength: 8 },
);

const plain = (list: readonly JournalEntry[]) =>
  list.map((one) => (one.kind === 'data' ? { ...one, bytes: Buffer.from(one.bytes).toString('hex') } : one));

test('a frame holds what it was given, and a frame with any damage is none', () => {
  fc.assert(
    fc.property(entries, fc.nat(2 ** 40), fc.nat(), fc.nat(255), (list, number, place, flip) => {
      const frame = encodeFrame(number, NONCE, list);
      assert.equal(frame.length % 4096, 0);
      assert.equal(frameLength(frame), frame.length);
      const decoded = decodeFrame(frame)!;
      assert.deepEqual([decoded.number, decoded.bytes], [number, frame.length]);
      assert.deepEqual(plain(decoded.entries), plain(list));
      const length = frame.readUInt32LE(32);
      const at = place % length;
      frame[at]! ^= flip || 1;
      assert.equal(decodeFrame(frame), undefined);
      assert.equal(decodeFrame(frame.subarray(0, 16)), undefined);
    }),
  );
});

const data = (layer: string, position: number, fill: number): JournalEntry => ({
  kind: 'data',
  layerId: layer,
  position,
  bytes: new Uint8Array(4096).fill(fill),
});

async function told(journal: Journal, layer: string): Promise<number[]> {
  const fills = [];
  for await (const entry of journal.replay(layer)) if (entry.kind === 'data') fills.push(entry.bytes[0]!);
  return fills;
}

test('what was appended is there after a restart, in order, without what was settled', async (t) => {
  const folder = await temporaryFolder(t);
  let journal = new Journal(nativeFiles, folder, MiB);
  assert.deepEqual(await journal.open(), []);
  await journal.append([data(A, 0, 1)]);
  const first = journal.lastNumber;
  await Promise.all([
    journal.append([data(B, 0, 2)]),
    journal.append([data(A, 0, 3)]),
    journal.append([data(B, 0, 4)]),
  ]);
  await journal.settle(A, first);
  await journal.settle('00000000000000cc', 99); // has nothing here: nothing is written
  await journal.close();
  journal = new Journal(nativeFiles, folder, MiB);
  assert.deepEqual((await journal.open()).sort(), [A, B]);
  assert.deepEqual([await told(journal, A), await told(journal, B)], [[3], [2, 4]]);
  await journal.append([data(A, 0, 5)]);
  assert.deepEqual(await told(journal, A), [3, 5]);
  journal.forget(A);
  await journal.settle(B, journal.lastNumber);
  await journal.close();
});

test('data that looks like a frame is not taken for one', async (t) => {
  const file = await nativeFiles.create(join(await temporaryFolder(t), 'segment'));
  t.after(() => file.close());
  const segment = await JournalSegment.of(file, MiB);
  // A guest that knows the form, the number and the place of the next frame but one, everything but the nonce.
  const forged = encodeFrame(6, NONCE, [data(B, 0, 66)]);
  const bytes = Buffer.alloc(16 * 4096);
  forged.copy(bytes, 8192 - 72); // 72: what comes before the data of a frame with one entry
  await segment.append(1, [{ kind: 'data', layerId: A, position: 0, bytes }]);
  segment.restart();
  await segment.append(5, [data(A, 0, 1)]);
  assert.equal((await segment.read(8192))!.number, 6, 'it is a whole frame, in the right place');
  const found: number[] = [];
  await segment.scan((frame) => found.push(frame.number));
  assert.deepEqual(found, [5]);
});

test('small flushes of many volumes at once share one sync, and the layers’ own files are left alone', async (t) => {
  const files = new FaultyFiles();
  const store = await VolumeStore.open(await temporaryFolder(t), { files });
  t.after(() => store.close());
  const disks = [];
  for (let i = 0; i < 16; i += 1) {
    await store.createVolume(`v${i}`, MiB);
    const disk = await store.open(`v${i}`);
    await disk.flush();
    disks.push(disk);
  }
  await disks[0]!.write(0, new Uint8Array(4096).fill(1));
  await disks[0]!.flush(); // makes the journal's files
  files.calls.length = 0;
  await Promise.all(
    disks.map(async (disk, i) => {
      await disk.write(4096, new Uint8Array(4096).fill(i + 1));
      await disk.flush();
    }),
  );
  const syncs = files.calls.filter(({ call }) => call === 'sync').map(({ path }) => path);
  assert.ok(syncs.length <= 4, `${syncs.length} syncs`);
  assert.ok(syncs.every((path) => path.includes('journal.')));
});

test('a journal that is full turns over, and without room flushes go to the volumes’ own files', async (t) => {
  const files = new FaultyFiles();
  const folder = await temporaryFolder(t);
  let store = await VolumeStore.open(folder, { files, journalBytes: 128 * 1024 });
  await store.createVolume('v', 16 * MiB);
  const disk = await store.open('v');
  for (let i = 0; i < 200; i += 1) {
    await disk.write(i * 8192, new Uint8Array(8192).fill(1 + (i % 250)));
    await disk.flush();
  }
  const written = (name: string) =>
    files.calls.filter(({ call, path }) => call === 'write' && path.endsWith(name)).length;
  assert.ok(written('journal.0') > 20 && written('journal.1') > 20, 'both segments served');
  for (const name of ['journal.0', 'journal.1']) {
    const file = await nativeFiles.open(join(folder, name), false);
    assert.ok((await file.size()) <= 256 * 1024, `${name} stays near its limit`);
    await file.close();
  }
  await store.close();
  store = await VolumeStore.open(folder);
  t.after(() => store.close());
  const again = await store.open('v');
  for (let i = 0; i < 200; i += 1) {
    const into = new Uint8Array(8192);
    await again.read(i * 8192, into);
    assert.deepEqual([into[0], into[8191]], [1 + (i % 250), 1 + (i % 250)]);
  }
});

test('a journal whose sync fails fails the flush, and what was acknowledged before is there when it is opened again', async (t) => {
  const files = new FaultyFiles();
  const folder = await temporaryFolder(t);
  const store = await VolumeStore.open(folder, { files });
  t.after(() => store.close());
  await store.createVolume('v', MiB);
  const disk = await store.open('v');
  await disk.flush();
  await disk.write(0, new Uint8Array(4096).fill(1));
  await disk.flush();
  await disk.write(0, new Uint8Array(4096).fill(2));
  files.fault = (call, path) => (call === 'sync' && path.includes('journal') ? 'EIO' : undefined);
  await assert.rejects(disk.flush(), { code: 'io-error' });
  files.fault = () => undefined;
  await assert.rejects(disk.close(), { code: 'io-error' });
  const again = await store.open('v');
  const into = new Uint8Array(4096);
  await again.read(0, into);
  assert.ok(into[0] === 1 || into[0] === 2);
  await again.write(4096, new Uint8Array(4096).fill(3));
  await again.flush();
});
