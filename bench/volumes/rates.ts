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

type Target = Pick<Disk, 'read' | 'write' | 'flush'>;
type Load = {
  depth: number;
  step(target: Target, block: number, buffer: Buffer): Promise<void>;
  target?: string;
};

const LOADS: Record<string, Load> = {
  rand_read_qd1: { depth: 1, step: (target, block, buffer) => target.read(block * BLOCK, buffer) },
  rand_read_qd32: { depth: 32, step: (target, block, buffer) => target.read(block * BLOCK, buffer) },
  read_256k_qd8: {
    depth: 8,
    step: (target, block, buffer) => target.read((block - (block % 64)) * BLOCK, buffer),
  },
  rand_write_qd32: { depth: 32, step: (target, block, buffer) => target.write(block * BLOCK, buffer) },
  rand_write_flush_qd1: { depth: 1, step: writeAndFlush },
  rand_write_flush_qd8: { depth: 8, step: writeAndFlush },
  rand_write_flush_qd32: { depth: 32, step: writeAndFlush },
};

async function writeAndFlush(target: Target, block: number, buffer: Buffer): Promise<void> {
  await target.write(block * BLOCK, buffer);
  await target.flush();
}

export async function measureRates(options: BenchOptions, folder: string): Promise<Record<string, Figure>> {
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
    for (const [name, load] of Object.entries(LOADS)) {
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
async function rate({ depth, step }: Load, target: Target, sizeBytes: number, ms: number): Promise<number> {
  const random = randomFrom(depth);
  const begun = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: depth }, async () => {
      const buffer = randomFillSync(Buffer.alloc(step === LOADS.read_256k_qd8!.step ? 64 * BLOCK : BLOCK));
      while (performance.now() < begun + ms) {
        await step(target, random(sizeBytes / BLOCK), buffer);
        done += 1;
      }
    }),
  );
  return (done / (performance.now() - begun)) * 1000;
}
