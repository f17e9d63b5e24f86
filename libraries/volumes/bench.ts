/**
 * 4 KiB random reads and writes through a volume against the same on a plain file: `node bench.ts`.
 * Two cores and the page cache: what is measured is the work done in between, not a disk.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Disk, VolumeStore } from './index.ts';
import { nativeFiles } from './native-files.ts';
import { randomFrom } from './testing/random.ts';

const MiB = 1024 * 1024;
const { values } = parseArgs({
  options: { json: { type: 'boolean' }, seconds: { type: 'string', default: '1' } },
});
const DURATION_MS = Number(values.seconds) * 1000;
const SIZE = 256 * MiB;

type Target = Pick<Disk, 'read' | 'write' | 'flush'>;

/** Operations per second with `depth` under way. */
async function rate(depth: number, operation: (block: number) => Promise<unknown>): Promise<number> {
  const random = randomFrom(depth);
  const end = performance.now() + DURATION_MS;
  let done = 0;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: depth }, async () => {
      while (performance.now() < end) {
        await operation(random(SIZE / 4096));
        done += 1;
      }
    }),
  );
  return Math.round((done / (performance.now() - begun)) * 1000);
}

async function measure(target: Target): Promise<Record<string, number>> {
  const into = Array.from({ length: 32 }, () => Buffer.alloc(4096));
  const large = Array.from({ length: 8 }, () => Buffer.alloc(256 * 1024));
  const data = randomBytes(4096);
  const warm = Buffer.alloc(4096 * 8);
  let turn = 0;
  for (let at = 0; at < SIZE; at += 4096 * 8) await target.read(at, warm); // what is measured is not the first touch
  const read = (block: number) => target.read(block * 4096, into[turn++ % 32]!);
  return {
    rand_read_qd1: await rate(1, read),
    rand_read_qd32: await rate(32, read),
    read_256k_qd8: await rate(8, (block) =>
      target.read(Math.floor(block / 64) * 64 * 4096, large[turn++ % 8]!),
    ),
    rand_write_qd32: await rate(32, (block) => target.write(block * 4096, data)),
    rand_write_flush_qd8: await rate(8, async (block) => {
      await target.write(block * 4096, data);
      await target.flush();
    }),
  };
}

const folder = await mkdtemp(join(tmpdir(), 'bullion-bench-'));
const store = await VolumeStore.open(join(folder, 'store'));
try {
  const path = join(folder, 'disk.raw');
  await writeFile(path, '');
  const content = randomBytes(MiB);
  const plain = await nativeFiles.open(path, true);
  for (let at = 0; at < SIZE; at += MiB) await plain.write(content, at);
  await plain.sync();
  await store.createImageFromFile('image', path);
  await store.clone('image', 'clone');
  await store.snapshot('clone', 'middle');
  await store.clone('middle', 'clone-of-clone');
  const disk = await store.open('clone-of-clone');

  const figures: Record<string, Record<string, number>> = {
    file: await measure({
      read: (offset, into) => plain.read(into, offset) as Promise<unknown> as Promise<void>,
      write: (offset, data) => plain.write(data, offset),
      flush: () => plain.sync(),
    }),
    clone_of_clone: await measure(disk),
  };

  const times: Record<string, number[]> = { clone: [], snapshot: [] };
  await store.createVolume('huge', 4096 * 1024 * MiB);
  await store.snapshot('huge', 'huge-0');
  for (let i = 1; i <= 21; i += 1) {
    let begun = performance.now();
    await store.clone('huge-0', `huge-clone-${i}`);
    times.clone!.push(performance.now() - begun);
    begun = performance.now();
    await store.snapshot('huge', `huge-${i}`);
    times.snapshot!.push(performance.now() - begun);
  }
  const median = (list: number[]) =>
    Number(list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!.toFixed(2));
  figures.milliseconds_4tib = { clone: median(times.clone!), snapshot: median(times.snapshot!) };
  await disk.close();
  await plain.close();

  if (!values.json) console.table(figures);
  else
    console.log(
      JSON.stringify({
        bench: 'volumes',
        figures,
        machine: { cpus: cpus().length, model: cpus()[0]?.model },
      }),
    );
} finally {
  await store.close();
  await rm(folder, { recursive: true, force: true });
}
