/** Latencies by powers of two: bucket i counts those below 2^i microseconds that the bucket before does not. */

/** The last bucket takes everything from 2^26 us (67 s) on. */
const BUCKETS = 28;

export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #sumUs = 0;

  add(milliseconds: number): void {
    const us = milliseconds * 1000;
    this.#counts[Math.min(BUCKETS - 1, 32 - Math.clz32(us))]! += 1;
    this.#count += 1;
    this.#sumUs += us;
  }

  snapshot(): LatencySnapshot {
    const used = this.#counts.findLastIndex((count) => count > 0) + 1;
    return {
      count: this.#count,
      sumUs: Math.round(this.#sumUs),
      buckets: [...this.#counts.subarray(0, used)].map((count, i) => ({ belowUs: 2 ** i, count })),
    };
  }
}

/** `buckets` are not cumulative; the last one of all has no upper end, whatever it says. */
export type LatencySnapshot = {
  count: number;
  sumUs: number;
  buckets: { belowUs: number; count: number }[];
};

/** The upper end of the bucket that holds the quantile, in microseconds; undefined where nothing was counted. */
export function quantileUs({ count, buckets }: LatencySnapshot, quantile: number): number | undefined {
  let seen = 0;
  for (const bucket of buckets) {
    seen += bucket.count;
    if (seen >= count * quantile && seen > 0) return bucket.belowUs;
  }
  return undefined;
}
