/** Neighbouring blocks. */
export interface Extent {
  readonly first: number;
  readonly count: number;
}

/** Beyond this many pieces the smallest gain is no longer worth remembering; the rest keeps its space. */
const LIMIT = 4096;

/** Blocks that were discarded and whose space the file system may have back once the map on the disk says so. */
export class Discarded {
  #extents: Extent[] = [];

  add(extent: Extent): void {
    if (this.#extents.length >= LIMIT) this.#extents = merged(this.#extents);
    if (this.#extents.length < LIMIT) this.#extents.push(extent);
  }

  /** All so far, in order and merged; they are forgotten here. */
  take(): Extent[] {
    const taken = merged(this.#extents);
    this.#extents = [];
    return taken;
  }
}

function merged(extents: Extent[]): Extent[] {
  const result: Extent[] = [];
  for (const { first, count } of extents.sort((a, b) => a.first - b.first)) {
    const last = result.at(-1);
    if (last && first <= last.first + last.count) {
      const end = Math.max(last.first + last.count, first + count);
      result[result.length - 1] = { first: last.first, count: end - last.first };
    } else {
      result.push({ first, count });
    }
  }
  return result;
}
