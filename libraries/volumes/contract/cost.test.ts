import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VolumeStore } from '../index.ts';
import { FaultyFiles } from '../testing/faulty-files.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const GiB = 1024 ** 3;

/** The kinds of calls of `work`, without the names of the files, and the bytes it wrote. */
async function costOf(files: FaultyFiles, work: () => Promise<unknown>) {
  files.calls.length = 0;
  await work();
  const calls = files.calls.map(({ call, path }) => `${call} ${/[a-z]+$/.exec(path)![0]}`).sort();
  return { calls, bytes: files.calls.reduce((sum, one) => sum + (one.call === 'write' ? one.bytes : 0), 0) };
}

test('a clone and a snapshot cost the same whatever the size and however much was written', async (t) => {
  const files = new FaultyFiles();
  const store = await VolumeStore.open(await temporaryFolder(t), { files });
  t.after(() => store.close());
  const costs = [];
  for (const [name, size, writes] of [
    ['small', GiB, 1],
    ['large', 4096 * GiB, 300],
  ] as const) {
    await store.createVolume(name, size);
    const disk = await store.open(name);
    for (let i = 0; i < writes; i += 1) {
      await disk.write(Math.floor(((size - 4096) / writes / 4096) * i) * 4096, new Uint8Array(4096).fill(1));
    }
    await disk.flush();
    costs.push({
      snapshot: await costOf(files, () => store.snapshot(name, `${name}-s`)),
      clone: await costOf(files, () => store.clone(`${name}-s`, `${name}-c`)),
    });
  }
  const making = ['create data', 'create map', 'sync data', 'sync map', 'syncFolder layers', 'truncate data'];
  assert.deepEqual(costs[0]!.clone, { calls: making, bytes: 0 });
  assert.deepEqual(costs[0]!.snapshot.bytes, 0);
  assert.deepEqual(costs[0], costs[1]);
});

test('neighbouring blocks of one layer are read by one call, across pages of the map', async (t) => {
  const files = new FaultyFiles();
  const store = await VolumeStore.open(await temporaryFolder(t), { files });
  t.after(() => store.close());
  await store.createVolume('v', GiB);
  const disk = await store.open('v');
  const border = 16_128 * 4096;
  await disk.write(border - 65_536, new Uint8Array(131_072).fill(7));
  await store.snapshot('v', 's');
  await disk.write(border, new Uint8Array(4096).fill(8));
  const below = await costOf(files, () => disk.read(border - 65_536, new Uint8Array(65_536)));
  assert.deepEqual(below.calls, ['read data']);
  const mixed = await costOf(files, () => disk.read(border - 65_536, new Uint8Array(131_072)));
  assert.deepEqual(mixed.calls, ['read data', 'read data', 'read data']);
});

test('one flush serves all that wait for it', async (t) => {
  const files = new FaultyFiles();
  const store = await VolumeStore.open(await temporaryFolder(t), { files });
  t.after(() => store.close());
  await store.createVolume('v', GiB);
  const disk = await store.open('v');
  const { calls } = await costOf(files, () =>
    Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        await disk.write(i * 4096, new Uint8Array(4096).fill(1));
        await disk.flush();
      }),
    ),
  );
  assert.ok(calls.filter((call) => call === 'sync data').length < 50);
  assert.deepEqual((await costOf(files, () => disk.flush())).calls, [], 'nothing to do, nothing done');
});

test('the map pages in memory are bounded, and neither changed ones nor those being written are lost', async (t) => {
  const files = new FaultyFiles();
  const store = await VolumeStore.open(await temporaryFolder(t), { files, mapCachePages: 4 });
  t.after(() => store.close());
  await store.createVolume('v', 64 * GiB);
  const disk = await store.open('v');
  const place = (i: number, round: number) => i * 2 * GiB + round * 4096;
  const check = async (rounds: number[]) => {
    const into = new Uint8Array(4096);
    for (const round of rounds) {
      for (let i = 0; i < 32; i += 1) {
        await disk.read(place(i, round), into);
        assert.equal(into[0], round * 40 + i, `page ${i}, round ${round}`);
      }
    }
  };
  for (let round = 0; round < 4; round += 1) {
    for (let i = 0; i < 32; i += 1)
      await disk.write(place(i, round), new Uint8Array(4096).fill(round * 40 + i));
    await check([...Array(round + 1).keys()]);
    // The pages of this round are being written, slowly, while the next round changes them.
    const release = Promise.withResolvers<void>();
    files.beforeSync = release.promise;
    void disk.flush();
    await check([round]);
    setTimeout(release.resolve, 5);
  }
  await disk.close();
  const clean = await store.open('v');
  t.after(() => clean.close());
  for (const round of [0, 1, 2, 3]) {
    for (let i = 0; i < 32; i += 1) {
      const into = new Uint8Array(4096);
      await clean.read(place(i, round), into);
      assert.equal(into[0], round * 40 + i, `page ${i}, round ${round}, read back`);
    }
  }
});
