/**
 * The process that the kill test kills: writes, discards, flushes and snapshots at random, and tells of each on its
 * standard output before it begins and after it was acknowledged. Arguments: folder, seed, volumes.
 */
import { writeSync } from 'node:fs';
import type { OpenDisk } from '../disk.ts';
import { VolumeStore } from '../index.ts';
import { randomFrom } from './random.ts';
import { halfBlocks, partOf, SECTORS, stampedSectors } from './sector-history.ts';

export type LogLine =
  | { kind: 'write'; id: number; volume: string; first: number; count: number; stamp: number }
  | { kind: 'written'; id: number }
  | { kind: 'flush'; id: number; volume: string }
  | { kind: 'flushed'; id: number }
  | { kind: 'snapshot'; id: number; volume: string; name: string }
  | { kind: 'snapshotted'; id: number };

if (import.meta.main) {
  const [folder, seed, ...volumes] = process.argv.slice(2);
  const random = randomFrom(Number(seed));
  const store = await VolumeStore.open(folder!);
  let nextId = 1;

  // Synchronous, so that the line is in the pipe before the next thing happens.
  const tell = (line: LogLine) => void writeSync(1, `${JSON.stringify(line)}\n`);

  const worker = async (disk: OpenDisk, places: [first: number, count: number][]) => {
    for (;;) {
      const id = nextId++;
      const [start, length] = places[random(places.length)]!;
      const [first, count] = partOf(start, length, random);
      const action = random(20);
      if (action < 15) {
        // Unique over all rounds and volumes, so that a sector that strayed is recognised.
        const stamp = action < 12 ? Number(seed) * 100_000 + id : 0;
        tell({ kind: 'write', id, volume: disk.name, first, count, stamp });
        if (stamp > 0) await disk.write(first * 512, stampedSectors(count, stamp));
        else await disk.discard(first * 512, count * 512);
        tell({ kind: 'written', id });
      } else if (action < 19) {
        tell({ kind: 'flush', id, volume: disk.name });
        await disk.flush();
        tell({ kind: 'flushed', id });
      } else if (random(5) === 0) {
        const name = `${disk.name}-${seed}-${id}`;
        tell({ kind: 'snapshot', id, volume: disk.name, name });
        await store.snapshot(disk.name, name);
        tell({ kind: 'snapshotted', id });
      }
    }
  };

  await Promise.all(
    volumes.map(async (name) => {
      const disk = await store.open(name);
      await Promise.all([
        worker(disk, [[0, SECTORS / 2]]),
        worker(disk, halfBlocks(0)),
        worker(disk, halfBlocks(4)),
      ]);
    }),
  );
}
