import assert from 'node:assert/strict';

export const SECTORS = 128;

/**
 * What each sector of a volume may hold. A write is a number that fills its sectors; 0 is zeros. `settled` is the
 * newest that an acknowledged flush covers; any newer one may or may not have survived.
 */
export class SectorHistory {
  readonly values: { stamp: number; writtenAt: number }[][] = Array.from({ length: SECTORS }, () => [
    { stamp: 0, writtenAt: 0 },
  ]);

  readonly #snapshots = new Set<SectorHistory>();

  /**
   * A snapshot was asked for at `time`: it holds what had been acknowledged before, or anything begun until
   * `endSnapshot`. What is flushed meanwhile may be on either side of it, so `settle` here says nothing about it.
   */
  beginSnapshot(time: number): SectorHistory {
    const snapshot = new SectorHistory();
    for (let i = 0; i < SECTORS; i += 1) snapshot.values[i] = [...this.values[i]!];
    snapshot.settle(time);
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  endSnapshot(snapshot: SectorHistory): void {
    this.#snapshots.delete(snapshot);
  }

  write(first: number, count: number, stamp: number): { stamp: number; writtenAt: number }[] {
    const entries = [];
    for (let sector = first; sector < first + count; sector += 1) {
      const entry = { stamp, writtenAt: Number.POSITIVE_INFINITY };
      for (const history of [this, ...this.#snapshots]) history.values[sector]!.push(entry);
      entries.push(entry);
    }
    return entries;
  }

  /** A flush that was called at `time` was acknowledged: what had been acknowledged before it is settled. */
  settle(time: number): void {
    for (const history of this.values) {
      const newest = history.findLastIndex((entry) => entry.writtenAt < time);
      if (newest > 0) history.splice(0, newest);
    }
  }

  /** Forgets all but what is there now. */
  observe(content: Uint8Array): void {
    const view = new DataView(content.buffer, content.byteOffset);
    for (let sector = 0; sector < SECTORS; sector += 1) {
      this.values[sector] = [{ stamp: view.getUint32(sector * 512), writtenAt: 0 }];
    }
  }

  check(content: Uint8Array, what: string): void {
    const view = new DataView(content.buffer, content.byteOffset);
    for (let sector = 0; sector < SECTORS; sector += 1) {
      const stamp = view.getUint32(sector * 512);
      const allowed = this.values[sector]!.map((entry) => entry.stamp);
      assert.ok(allowed.includes(stamp), `${what}, sector ${sector}: holds ${stamp}, may hold ${allowed}`);
      const expected = stampedSectors(1, stamp);
      assert.equal(
        Buffer.compare(content.subarray(sector * 512, (sector + 1) * 512), expected),
        0,
        'torn sector',
      );
    }
  }
}

/** Sectors that hold nothing but a number. */
export function stampedSectors(count: number, stamp: number): Uint8Array {
  const data = new Uint8Array(count * 512);
  const view = new DataView(data.buffer);
  for (let at = 0; at < data.length; at += 4) view.setUint32(at, stamp >>> 0);
  return data;
}

/** In the second half of the disk, the first or the second four sectors of every block of eight. */
export function halfBlocks(offset: number): [number, number][] {
  return Array.from({ length: SECTORS / 16 }, (_, i) => [SECTORS / 2 + i * 8 + offset, 4]);
}

/** A part of a range of sectors, [first, count]; every other one is whole blocks where the range has them. */
export function partOf(start: number, length: number, random: (below: number) => number): [number, number] {
  const unit = length > 8 && start % 8 === 0 && random(2) === 0 ? 8 : 1;
  const skip = random(length / unit);
  return [start + skip * unit, (1 + random(length / unit - skip)) * unit];
}
