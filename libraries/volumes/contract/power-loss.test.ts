import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { OpenDisk } from '../disk.ts';
import { VolumeStore } from '../index.ts';
import { PowerLossFiles, PowerLost } from '../testing/power-loss-files.ts';
import { randomFrom } from '../testing/random.ts';
import { halfBlocks, partOf, SECTORS, SectorHistory, stampedSectors } from '../testing/sector-history.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const SIZE = SECTORS * 512;
/** Small, so that its segments turn over all the time. */
const JOURNAL_BYTES = 64 * 1024;
const ROUNDS = Number(process.env.BULLION_POWER_LOSS_ROUNDS ?? 40);

/** Waits for all, since none ends but by an error; then tells one that is not the power loss, if there is one. */
async function allOrFirst(work: Promise<void>[]): Promise<void> {
  const errors = (await Promise.allSettled(work)).map((result) => (result as PromiseRejectedResult).reason);
  throw errors.find((error) => !isPowerLost(error)) ?? errors[0];
}

function isPowerLost(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof PowerLost) return true;
  return false;
}

async function round(seed: number, files: PowerLossFiles, folder: string): Promise<void> {
  const random = randomFrom(seed);
  const choose = () => random(2) === 0;
  let clock = 1;
  let stamp = seed * 1_000_000;
  const live = new Map<string, SectorHistory>([['v', new SectorHistory()]]);
  const sealed = new Map<string, SectorHistory>();

  const open = () => VolumeStore.open(folder, { files, journalBytes: JOURNAL_BYTES });
  for (let life = 0; life < 4; life += 1) {
    const store = await open();
    if (life === 0) await store.createVolume('v', SIZE);
    files.losePowerAfter(5 + random(life % 2 === 0 ? 120 : 600));
    /** `places` are ranges of sectors that no other worker writes, so the order of writes of a sector is known. */
    const worker = async (
      disk: OpenDisk,
      history: SectorHistory,
      places: [first: number, count: number][],
    ) => {
      for (;;) {
        const action = random(10);
        const [start, length] = places[random(places.length)]!;
        const [first, count] = partOf(start, length, random);
        if (action < 8) {
          const value = action < 6 ? ++stamp : 0;
          const entries = history.write(first, count, value);
          if (action < 6) await disk.write(first * 512, stampedSectors(count, value));
          else await disk.discard(first * 512, count * 512);
          const now = clock++;
          for (const entry of entries) entry.writtenAt = now;
        } else {
          const time = clock++;
          await disk.flush();
          history.settle(time);
        }
      }
    };
    const snapshots = async () => {
      for (let i = 0; ; i += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        if (random(10) > 0) continue;
        const name = `s${life}-${i}`;
        const history = live.get('v')!;
        const time = clock++;
        const snapshot = history.beginSnapshot(time);
        await store.snapshot('v', name);
        history.endSnapshot(snapshot);
        history.settle(time); // a snapshot flushes
        sealed.set(name, snapshot);
      }
    };
    try {
      const disk = await store.open('v');
      const history = live.get('v')!;
      await allOrFirst([
        worker(disk, history, [[0, SECTORS / 2]]),
        worker(disk, history, halfBlocks(0)),
        worker(disk, history, halfBlocks(4)),
        snapshots(),
      ]);
    } catch (error) {
      if (!isPowerLost(error)) throw error;
    }
    await store.close().catch(() => {});
    if (random(3) === 0) files.revive();
    else files.restore(choose);

    const after = await open();
    // The volume last, since the power may go again right after its flush.
    for (const info of (await after.list()).sort(
      (a, b) => Number(a.kind === 'volume') - Number(b.kind === 'volume'),
    )) {
      const history = info.kind === 'volume' ? live.get(info.name)! : sealed.get(info.name);
      if (!history) continue; // committed, but the power went before we heard of it
      const disk = await after.open(info.name);
      const content = new Uint8Array(SIZE);
      await disk.read(0, content);
      history.check(content, `seed ${seed}, life ${life}, ${info.name}`);
      if (info.kind === 'volume') {
        // What was seen after the crash and then flushed must stay, whoever wrote it.
        history.observe(content);
        await disk.flush();
        if (random(2) === 0) files.losePowerAfter(0);
      }
      await disk.close().catch(ignorePowerLoss);
    }
    await after.close().catch(ignorePowerLoss);
    files.restore(choose);
  }
}

function ignorePowerLoss(error: unknown): void {
  if (!isPowerLost(error)) throw error;
}

test('after a power loss that drops or tears any unsynced sectors, nothing flushed is lost', async (t) => {
  for (let seed = 1; seed <= ROUNDS; seed += 1) {
    await round(seed, new PowerLossFiles(), await temporaryFolder(t));
  }
});

test('what was acknowledged survives a power loss that drops all that was not synced', async (t) => {
  const folder = await temporaryFolder(t);
  const image = join(folder, 'image.raw');
  await writeFile(image, stampedSectors(SECTORS, 7));
  const files = new PowerLossFiles();
  const expected = new Map<string, [stamp: number, sizeBytes: number]>();
  const steps: ((store: VolumeStore) => Promise<unknown>)[] = [
    (store) => store.createImageFromFile('image', image),
    (store) => store.clone('image', 'v'),
    (store) => store.snapshot('v', 's'),
    async (store) => {
      const disk = await store.open('v');
      await disk.write(0, stampedSectors(SECTORS, 8));
      await store.snapshot('v', 's8'); // with no flush but the snapshot's own
      expected.set('s8', [8, SIZE]).set('v', [8, SIZE]);
    },
    (store) => store.rollback('v', 's').then(() => expected.set('v', [7, SIZE])),
    (store) => store.grow('v', SIZE * 2).then(() => expected.set('v', [7, SIZE * 2])),
    (store) => store.seal('v'),
  ];
  expected.set('image', [7, SIZE]);
  for (const [index, step] of steps.entries()) {
    const store = await VolumeStore.open(folder, { files, journalBytes: JOURNAL_BYTES });
    if (index === 1) expected.set('v', [7, SIZE]);
    if (index === 2) expected.set('s', [7, SIZE]);
    await step(store);
    files.losePowerAfter(0);
    await store.close().catch(() => {});
    files.restore(() => false);
    const after = await VolumeStore.open(folder, { files, journalBytes: JOURNAL_BYTES });
    assert.deepEqual(
      (await after.list()).map((one) => one.name),
      [...expected.keys()].sort(),
    );
    for (const [name, [stamp, sizeBytes]] of expected) {
      const disk = await after.open(name);
      assert.equal(disk.sizeBytes, sizeBytes);
      const content = new Uint8Array(sizeBytes);
      await disk.read(0, content);
      assert.equal(
        Buffer.compare(content.subarray(0, SIZE), stampedSectors(SECTORS, stamp)),
        0,
        `step ${index}, ${name}`,
      );
      await disk.close();
    }
    await after.close();
  }
});

test('a flush keeps what a buffer held when its write resolved, whatever becomes of the buffer', async (t) => {
  const folder = await temporaryFolder(t);
  const files = new PowerLossFiles();
  let store = await VolumeStore.open(folder, { files, journalBytes: JOURNAL_BYTES });
  await store.createVolume('v', SIZE);
  const disk = await store.open('v');
  await disk.flush();
  const buffer = Buffer.alloc(4096, 1);
  await disk.write(0, buffer);
  buffer.fill(2);
  await disk.flush();
  files.losePowerAfter(0);
  await store.close().catch(() => {});
  files.restore(() => false);
  store = await VolumeStore.open(folder, { files, journalBytes: JOURNAL_BYTES });
  t.after(() => store.close());
  const into = new Uint8Array(4096);
  await (await store.open('v')).read(0, into);
  assert.deepEqual(into, new Uint8Array(4096).fill(1));
});
