import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OpenDisk } from '../disk.ts';
import { VolumeError, VolumeStore } from '../index.ts';

const SECTORS = 256; // 128 KiB a volume: 32 blocks
const SIZE = SECTORS * 512;
/** Small, so that everything that is bounded meets its bound. */
const OPTIONS = { mapCachePages: 2, readCacheBytes: 16 * 4096, journalBytes: 128 * 1024, checksumDelayMs: 0 };
const NAMES = ['a', 'b', 'c', 'd', 'e'];

/** The plainest possible volumes: an array each. */
interface ModelVolume {
  content: Uint8Array;
  sealed: boolean;
  parent: string | null;
}

class Model {
  volumes = new Map<string, ModelVolume>();
  /** The newest last; with what each stood on, since the name may by now be another's. */
  deleted: { name: string; volume: ModelVolume; parent: ModelVolume | undefined }[] = [];

  /** What `name` stands on, at any distance. */
  below(name: string): string[] {
    const parent = this.volumes.get(name)!.parent;
    return parent === null ? [] : [parent, ...this.below(parent)];
  }

  children(name: string): string[] {
    return [...this.volumes].filter(([, volume]) => volume.parent === name).map(([child]) => child);
  }
}

/** The real store and its open disks. */
class Real {
  folder = '';
  store!: VolumeStore;
  disks = new Map<string, OpenDisk>();

  async disk(name: string): Promise<OpenDisk> {
    let disk = this.disks.get(name);
    if (!disk) this.disks.set(name, (disk = await this.store.open(name)));
    return disk;
  }

  async closeDisk(name: string): Promise<void> {
    await this.disks.get(name)?.close();
    this.disks.delete(name);
  }
}

type Step = (model: Model, real: Real) => Promise<void>;

/** Does `work`, and expects it to be refused with `code` if there is one. */
async function expectOutcome(work: Promise<unknown>, code: string | undefined): Promise<boolean> {
  if (code === undefined) {
    await work;
    return true;
  }
  await assert.rejects(work, (error) => error instanceof VolumeError && error.code === code, `not ${code}`);
  return false;
}

const name = fc.constantFrom(...NAMES);
const range = fc
  .tuple(fc.nat(SECTORS - 1), fc.integer({ min: 1, max: 48 }))
  .map(([first, count]) => ({ offset: first * 512, length: Math.min(count, SECTORS - first) * 512 }));

const create = fc.record({ name }).map(({ name }): { text: string; step: Step } => ({
  text: `create ${name}`,
  step: async (model, real) => {
    const code = model.volumes.has(name) ? 'name-taken' : undefined;
    if (await expectOutcome(real.store.createVolume(name, SIZE), code)) {
      model.volumes.set(name, { content: new Uint8Array(SIZE), sealed: false, parent: null });
    }
  },
}));

const clone = fc.record({ from: name, to: name }).map(({ from, to }): { text: string; step: Step } => ({
  text: `clone ${from} ${to}`,
  step: async (model, real) => {
    const source = model.volumes.get(from);
    const code = model.volumes.has(to)
      ? 'name-taken'
      : !source
        ? 'not-found'
        : !source.sealed
          ? 'not-sealed'
          : undefined;
    if (await expectOutcome(real.store.clone(from, to), code)) {
      model.volumes.set(to, { content: source!.content.slice(), sealed: false, parent: from });
    }
  },
}));

const snapshot = fc.record({ of: name, to: name }).map(({ of, to }): { text: string; step: Step } => ({
  text: `snapshot ${of} ${to}`,
  step: async (model, real) => {
    const source = model.volumes.get(of);
    const code = model.volumes.has(to)
      ? 'name-taken'
      : !source
        ? 'not-found'
        : source.sealed
          ? 'read-only'
          : undefined;
    if (await expectOutcome(real.store.snapshot(of, to), code)) {
      model.volumes.set(to, { content: source!.content.slice(), sealed: true, parent: source!.parent });
      source!.parent = to;
    }
  },
}));

const rollback = fc.record({ name, to: name }).map(({ name, to }): { text: string; step: Step } => ({
  text: `rollback ${name} ${to}`,
  step: async (model, real) => {
    const volume = model.volumes.get(name);
    const target = model.volumes.get(to);
    let code: string | undefined;
    if (!volume) code = 'not-found';
    else if (volume.sealed) code = 'read-only';
    else if (!target) code = 'not-found';
    else if (!target.sealed) code = 'not-sealed';
    else if (!model.below(name).includes(to)) code = 'not-below';
    await real.closeDisk(name);
    if (await expectOutcome(real.store.rollback(name, to), code)) {
      volume!.content = target!.content.slice();
      volume!.parent = to;
    }
  },
}));

const seal = fc.record({ name }).map(({ name }): { text: string; step: Step } => ({
  text: `seal ${name}`,
  step: async (model, real) => {
    const volume = model.volumes.get(name);
    const code = !volume ? 'not-found' : volume.sealed ? 'read-only' : undefined;
    await real.closeDisk(name);
    if (await expectOutcome(real.store.seal(name), code)) volume!.sealed = true;
  },
}));

const remove = fc.record({ name }).map(({ name }): { text: string; step: Step } => ({
  text: `delete ${name}`,
  step: async (model, real) => {
    const code = !model.volumes.has(name)
      ? 'not-found'
      : model.children(name).length > 0 || real.disks.has(name)
        ? 'in-use'
        : undefined;
    if (await expectOutcome(real.store.delete(name), code)) {
      const volume = model.volumes.get(name)!;
      model.deleted.push({ name, volume, parent: model.volumes.get(volume.parent ?? '') });
      model.volumes.delete(name);
    }
  },
}));

const undelete = fc.record({ name }).map(({ name }): { text: string; step: Step } => ({
  text: `undelete ${name}`,
  step: async (model, real) => {
    const at = model.deleted.findLastIndex((one) => one.name === name);
    const found = model.deleted[at];
    let code: string | undefined;
    if (!found) code = 'not-found';
    else if (model.volumes.has(name)) code = 'name-taken';
    else if (found.parent && model.volumes.get(found.volume.parent!) !== found.parent) code = 'not-found';
    if (await expectOutcome(real.store.undelete(name), code)) {
      model.volumes.set(name, found!.volume);
      model.deleted.splice(at, 1);
    }
  },
}));

const flatten = fc.record({ name }).map(({ name }): { text: string; step: Step } => ({
  text: `flatten ${name}`,
  step: async (model, real) => {
    const volume = model.volumes.get(name);
    const code = !volume ? 'not-found' : volume.sealed ? 'read-only' : undefined;
    if (await expectOutcome(real.store.flatten(name), code)) volume!.parent = null;
  },
}));

/** Several writes and discards at once, on ranges that do not share a sector. */
const change = fc
  .record({
    name,
    parts: fc.array(fc.record({ range, value: fc.integer({ min: 0, max: 255 }), discard: fc.boolean() }), {
      minLength: 1,
      maxLength: 6,
    }),
    flush: fc.boolean(),
  })
  .map(({ name, parts, flush }): { text: string; step: Step } => ({
    text: `change ${name} ${JSON.stringify(parts)}${flush ? ' flush' : ''}`,
    step: async (model, real) => {
      const volume = model.volumes.get(name);
      if (!volume) return;
      const disk = await real.disk(name);
      if (volume.sealed) {
        await expectOutcome(disk.write(parts[0]!.range.offset, new Uint8Array(512)), 'read-only');
        return;
      }
      const taken = new Set<number>();
      const work: Promise<void>[] = [];
      for (const { range, value, discard } of parts) {
        const sectors = Array.from({ length: range.length / 512 }, (_, i) => range.offset / 512 + i);
        if (sectors.some((sector) => taken.has(sector))) continue;
        for (const sector of sectors) taken.add(sector);
        const data = new Uint8Array(range.length).fill(discard ? 0 : value);
        volume.content.set(data, range.offset);
        work.push(discard ? disk.discard(range.offset, range.length) : disk.write(range.offset, data));
      }
      if (flush) work.push(disk.flush());
      await Promise.all(work);
    },
  }));

const read = fc.record({ name, range }).map(({ name, range }): { text: string; step: Step } => ({
  text: `read ${name} ${JSON.stringify(range)}`,
  step: async (model, real) => {
    const volume = model.volumes.get(name);
    if (!volume) return;
    const into = new Uint8Array(range.length).fill(0xee);
    await (await real.disk(name)).read(range.offset, into);
    assert.deepEqual(into, volume.content.slice(range.offset, range.offset + range.length));
  },
}));

const closeDisk = fc.record({ name }).map(({ name }): { text: string; step: Step } => ({
  text: `close ${name}`,
  step: (_, real) => real.closeDisk(name),
}));

const reopen = fc.constant({
  text: 'reopen',
  step: async (_: Model, real: Real) => {
    await real.store.close();
    real.disks.clear();
    real.store = await VolumeStore.open(real.folder, OPTIONS);
  },
});

const steps = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: create },
    { weight: 3, arbitrary: clone },
    { weight: 4, arbitrary: snapshot },
    { weight: 1, arbitrary: seal },
    { weight: 2, arbitrary: rollback },
    { weight: 2, arbitrary: remove },
    { weight: 1, arbitrary: undelete },
    { weight: 1, arbitrary: flatten },
    { weight: 8, arbitrary: change },
    { weight: 4, arbitrary: read },
    { weight: 2, arbitrary: closeDisk },
    { weight: 1, arbitrary: reopen },
  ),
  { minLength: 20, maxLength: 60 },
);

test('any sequence of operations leaves what the same operations on plain arrays leave', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const model = new Model();
      const real = new Real();
      real.folder = await mkdtemp(join(tmpdir(), 'bullion-model-'));
      try {
        real.store = await VolumeStore.open(real.folder, OPTIONS);
        for (const { step } of sequence) await step(model, real);
        const list = await real.store.list();
        assert.deepEqual(list.map((one) => one.name).sort(), [...model.volumes.keys()].sort());
        for (const one of list) {
          const volume = model.volumes.get(one.name)!;
          assert.equal(one.parent, volume.parent);
          assert.deepEqual(one.children, model.children(one.name).sort());
          const into = new Uint8Array(SIZE).fill(0xee);
          await (await real.disk(one.name)).read(0, into);
          assert.equal(Buffer.compare(into, volume.content), 0, `content of ${one.name}`);
        }
      } finally {
        await real.store.close();
        await rm(real.folder, { recursive: true, force: true });
      }
    }),
    { numRuns: Number(process.env.BULLION_MODEL_RUNS ?? 80), endOnFailure: false },
  );
});
