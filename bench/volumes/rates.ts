/**
 * Reads and writes through a clone of a clone against the same on a plain file, in turns, medians. Mostly the page
 * cache: what is compared is the work done in between, and for flushes what is asked of the disk.
 */
import { randomFillSync } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disk, VolumeStore } from '../../libraries/volumes/index.ts';
import { nativeFiles } from '../../libraries/volumes/system/native-files.ts';
import { randomFrom } from '../../libraries/volumes/testing/random.ts';
import { type BenchOptions, type Figure, quantile, rounded } from '../common/figures.ts';

const MiB = 1024 * 1024;
const BLOCK = 4096;
const LARGE = 256 * 1024;

type Target = Pick<Disk, 'read' | 'write' | 'flush'>;
type Load = {
  depth: number;
  bytes: number;
  /** The block that operation number `turn` is about. */
  place(turn: number, random: (below: number) => number, blocks: number): number;
  step(target: Target, offset: number, buffer: Buffer): Promise<void>;
};

const anywhere: Load['place'] = (_turn, random, blocks) => random(blocks);
const onward: Load['place'] = (turn, _random, blocks) => (turn * (LARGE / BLOCK)) % blocks;
const read: Load['step'] = (target, offset, buffer) => target.read(offset, buffer);
const write: Load['step'] = (target, offset, buffer) => target.write(offset, buffer);
const small = (depth: number, step: Load['step']): Load => ({ depth, bytes: BLOCK, place: anywhere, step });

const LOADS: Record<string, Load> = {
  rand_read_qd1: small(1, read),
  rand_read_qd32: small(32, read),
  seq_read: { depth: 8, bytes: LARGE, place: onward, step: read },
  rand_write_qd32: small(32, write),
  seq_write: { depth: 8, bytes: LARGE, place: onward, step: write },
  rand_write_flush_qd1: small(1, writeAndFlush),
  rand_write_flush_qd8: small(8, writeAndFlush),
  rand_write_flush_qd32: small(32, writeAndFlush),
};

async function writeAndFlush(target: Target, offset: number, buffer: Buffer): Promise<void> {
  await target.write(offset, buffer);
  await target.flush();
}

export async function measureRates(
  options: BenchOptions,
  folder: string,
  wants: (load: string) => boolean,
): Promise<Record<string, Figure>> {
  const loads = Object.entries(LOADS).filter(([name]) => wants(name));
  if (loads.length === 0) return {};
  const sizeBytes = (options.quick ? 64 : 512) * MiB;
  const ms = options.quick ? 200 : 1500;
  const rounds = options.quick ? 1 : 5;
  await mkdir(folder);
  const store = await VolumeStore.open(join(folder, 'store'));
  const plain = await nativeFiles.create(join(folder, 'disk.raw'));
  try {
    const content = randomFillSync(Buffer.alloc(MiB));
    for (let at = 0; at < sizeBytes; at += MiB) await plain.write(content, at);
    await plain.sync();
    await store.createImageFromFile('image', join(folder, 'disk.raw'));
    const file: Target = {
      read: async (offset, into) => void (await plain.read(into, offset)),
      write: (offset, data) => plain.write(data, offset),
      flush: () => plain.sync(),
    };
    const rates: Record<string, { file: number[]; clone: number[] }> = {};
    for (const [name, load] of loads) {
      const of = (rates[name] = { file: [] as number[], clone: [] as number[] });
      for (let round = 0; round < rounds; round += 1) {
        // A fresh clone of a clone each time: its blocks are new, which is the worst case for a write.
        const [first, middle, clone] = [
          `first-${name}-${round}`,
          `middle-${name}-${round}`,
          `${name}-${round}`,
        ];
        await store.clone('image', first);
        await store.snapshot(first, middle);
        await store.clone(middle, clone);
        const disk = await store.open(clone);
        const contestants = [
          ['file', file],
          ['clone', disk],
        ] as const;
        for (const [who, target] of round % 2 === 0 ? contestants : contestants.toReversed()) {
          await warm(target, sizeBytes);
          of[who].push(await rate(load, target, sizeBytes, ms));
        }
        await disk.close();
        for (const gone of [clone, first, middle]) await store.delete(gone, { forever: true });
      }
      options.say(
        `${name}: ${Math.round(quantile(of.clone, 0.5))}/s, plain file ${Math.round(quantile(of.file, 0.5))}/s`,
      );
    }
    return figuresOf(rates);
  } finally {
    await store.close();
    await plain.close();
  }
}

function figuresOf(rates: Record<string, { file: number[]; clone: number[] }>): Record<string, Figure> {
  const figures: Record<string, Figure> = {};
  for (const [name, { file, clone }] of Object.entries(rates)) {
    const [ours, theirs] = [quantile(clone, 0.5), quantile(file, 0.5)];
    figures[name] = {
      value: rounded(ours / theirs),
      unit: 'x of a plain file',
      target: '>= 0.9 x',
      note: `${Math.round(ours)}/s, file ${Math.round(theirs)}/s`,
    };
  }
  return figures;
}

async function warm(target: Target, sizeBytes: number): Promise<void> {
  const buffer = Buffer.alloc(32 * 1024);
  for (let at = 0; at < sizeBytes; at += buffer.length) await target.read(at, buffer);
}

/** Operations per second with `depth` under way. */
async function rate(load: Load, target: Target, sizeBytes: number, ms: number): Promise<number> {
  const random = randomFrom(load.depth);
  const begun = performance.now();
  let begunSteps = 0;
  let done = 0;
  await Promise.all(
    Array.from({ length: load.depth }, async () => {
      const buffer = randomFillSync(Buffer.alloc(load.bytes));
      while (performance.now() < begun + ms) {
        const block = load.place(begunSteps++, random, sizeBytes / BLOCK);
        await load.step(target, block * BLOCK, buffer);
        done += 1;
      }
    }),
  );
  return (done / (performance.now() - begun)) * 1000;
}
