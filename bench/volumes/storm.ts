/**
 * 64 clones of one image are read at the same time, by the same reads in the same order, as servers that boot do, each
 * at its own speed. Counted is every byte that is asked of the image's file, over the bytes that are read, each once.
 */
import { randomFillSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type OpenDisk, VolumeStore } from '../../libraries/volumes/index.ts';
import type { FileLayer, StoredFile } from '../../libraries/volumes/system/file-layer.ts';
import { nativeFiles } from '../../libraries/volumes/system/native-files.ts';
import { randomFrom } from '../../libraries/volumes/testing/random.ts';
import { type BenchOptions, type Figure, rounded } from '../common/figures.ts';

const MiB = 1024 * 1024;
const BLOCK = 4096;
const CLONES = 64;

type Read = { offset: number; length: number };

export async function measureStorm(options: BenchOptions, folder: string): Promise<Record<string, Figure>> {
  const imageBytes = (options.quick ? 64 : 1024) * MiB;
  const wantedBytes = (options.quick ? 8 : 48) * MiB; // what a boot reads
  let store = await VolumeStore.open(folder, { checksumDelayMs: 0 });
  await store.createVolume('image', imageBytes);
  const image = await store.open('image');
  const chunk = randomFillSync(Buffer.alloc(MiB));
  for (let at = 0; at < imageBytes; at += MiB) await image.write(at, chunk);
  await image.close();
  await store.seal('image');
  await store.settled();
  for (let i = 0; i < CLONES; i += 1) await store.clone('image', `v${i}`);
  await store.close();

  const { reads, uniqueBytes } = bootOf(imageBytes, wantedBytes);
  const files = new CountingFiles();
  store = await VolumeStore.open(folder, { files });
  try {
    const disks = await Promise.all(Array.from({ length: CLONES }, (_, i) => store.open(`v${i}`)));
    const begun = performance.now();
    await Promise.all(disks.map((disk, i) => boot(disk, reads, i)));
    const seconds = (performance.now() - begun) / 1000;
    const ratio = rounded(files.bytes / uniqueBytes, 3);
    const { hits, misses } = store.cacheStats();
    options.say(`storm of ${CLONES}: ${seconds.toFixed(1)} s, ${ratio} of what is read once`);
    return {
      storm_read_ratio: {
        value: ratio,
        unit: 'x of the unique bytes',
        target: '<= 1.1 x',
        note: `${CLONES} clones, ${Math.round(uniqueBytes / MiB)} MiB each, ${rounded(seconds)} s`,
      },
      storm_hit_share: { value: rounded((hits / (hits + misses)) * 100), unit: '%' },
    };
  } finally {
    await store.close();
  }
}

/** Files in runs of neighbouring reads, some of it read twice. */
function bootOf(imageBytes: number, wantedBytes: number): { reads: Read[]; uniqueBytes: number } {
  const random = randomFrom(7);
  const reads: Read[] = [];
  const blocks = new Set<number>();
  while (blocks.size * BLOCK < wantedBytes) {
    const again = reads.length > 0 && random(5) === 0;
    let offset = again ? reads[random(reads.length)]!.offset : random(imageBytes / BLOCK) * BLOCK;
    for (let run = 1 + random(8); run > 0 && offset < imageBytes; run -= 1) {
      const length = Math.min(imageBytes - offset, [4, 16, 64, 128][random(4)]! * 1024);
      reads.push({ offset, length });
      for (let block = offset / BLOCK; block * BLOCK < offset + length; block += 1) blocks.add(block);
      offset += length;
    }
  }
  return { reads, uniqueBytes: blocks.size * BLOCK };
}

async function boot(disk: OpenDisk, reads: readonly Read[], place: number): Promise<void> {
  const random = randomFrom(place);
  const into = Buffer.alloc(128 * 1024);
  for (const { offset, length } of reads) {
    await disk.read(offset, into.subarray(0, length));
    if (random(8) === 0) await sleep(random(3)); // what a server does between its reads
  }
}

/** The machine's files; counts what is read of data files. */
class CountingFiles implements FileLayer {
  bytes = 0;
  readonly create = nativeFiles.create;
  readonly remove = nativeFiles.remove;
  readonly list = nativeFiles.list;
  readonly allocatedBytes = nativeFiles.allocatedBytes;
  readonly syncFolder = nativeFiles.syncFolder;

  async open(path: string, writable: boolean): Promise<StoredFile> {
    const file = await nativeFiles.open(path, writable);
    if (!path.endsWith('.data')) return file;
    const count = (bytes: number) => {
      this.bytes += bytes;
    };
    return new Proxy(file, {
      get(target, property) {
        const value = Reflect.get(target, property) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (property === 'read' || property === 'readNow') count((args[0] as Uint8Array).length);
          return value.apply(target, args);
        };
      },
    });
  }
}
