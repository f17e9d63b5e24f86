/** Sums of what went through targets: pure. */
import type { LatencySnapshot, TargetStats, TrafficPoint } from '@bullion/iscsi';

export type Latencies = { read: LatencySnapshot; write: LatencySnapshot; flush: LatencySnapshot };

export type Figures = {
  reads: number;
  writes: number;
  flushes: number;
  readBytes: number;
  writtenBytes: number;
  errors: number;
  /** Blocks of images that the shared cache had, and that it had not. */
  cacheHits: number;
  cacheMisses: number;
  latency: Latencies;
};

const none = (): LatencySnapshot => ({ count: 0, sumUs: 0, buckets: [] });

export const noFigures = (): Figures => ({
  ...{ reads: 0, writes: 0, flushes: 0, readBytes: 0, writtenBytes: 0, errors: 0 },
  ...{ cacheHits: 0, cacheMisses: 0 },
  latency: { read: none(), write: none(), flush: none() },
});

export function figuresOf(stats: TargetStats): Figures {
  const { reads, writes, flushes, readBytes, writtenBytes, errors, latency, cache } = stats;
  return {
    ...{ reads, writes, flushes, readBytes, writtenBytes, errors, latency },
    cacheHits: cache?.hits ?? 0,
    cacheMisses: cache?.misses ?? 0,
  };
}

export function sum(a: Figures, b: Figures): Figures {
  const { latency: _, ...numbers } = a;
  const sums = Object.fromEntries(
    (Object.keys(numbers) as (keyof typeof numbers)[]).map((key) => [key, a[key] + b[key]]),
  ) as Omit<Figures, 'latency'>;
  return {
    ...sums,
    latency: {
      read: sumLatency(a.latency.read, b.latency.read),
      write: sumLatency(a.latency.write, b.latency.write),
      flush: sumLatency(a.latency.flush, b.latency.flush),
    },
  };
}

/** Buckets are powers of two, the same ones in every histogram; the later ones are left out where they are empty. */
function sumLatency(a: LatencySnapshot, b: LatencySnapshot): LatencySnapshot {
  const longer = a.buckets.length > b.buckets.length ? a.buckets : b.buckets;
  return {
    count: a.count + b.count,
    sumUs: a.sumUs + b.sumUs,
    buckets: longer.map(({ belowUs }, i) => ({
      belowUs,
      count: (a.buckets[i]?.count ?? 0) + (b.buckets[i]?.count ?? 0),
    })),
  };
}

/** More points than a plot has columns are of no use. */
export const MAX_POINTS = 512;

/** At most `MAX_POINTS`, evenly thinned; the first and the last stay. */
export function thinned<Point>(points: readonly Point[], most = MAX_POINTS): Point[] {
  if (points.length <= most) return [...points];
  const step = (points.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => points[Math.round(i * step)]!);
}

/** What a target's life adds to what was before it: `afterMs` is when it began, on the clock of the points before. */
export function continued(
  before: readonly TrafficPoint[],
  life: readonly TrafficPoint[],
  afterMs: number,
): TrafficPoint[] {
  const { readBytes, writtenBytes } = before.at(-1) ?? { readBytes: 0, writtenBytes: 0 };
  const added = life.map((point) => ({
    ms: Math.max(0, Math.round(afterMs + point.ms)),
    readBytes: readBytes + point.readBytes,
    writtenBytes: writtenBytes + point.writtenBytes,
  }));
  return thinned([...before, ...added]);
}

export type Moment = { at: number; readBytes: number; writtenBytes: number };

/** The sum of several curves, each of which stays where it is before and after its own points. `at` is the time in ms. */
export function summedCurves(curves: readonly (readonly Moment[])[]): Moment[] {
  const steps = curves.flatMap((curve) =>
    curve.map((moment, i) => ({
      at: moment.at,
      readBytes: moment.readBytes - (curve[i - 1]?.readBytes ?? 0),
      writtenBytes: moment.writtenBytes - (curve[i - 1]?.writtenBytes ?? 0),
    })),
  );
  let readBytes = 0;
  let writtenBytes = 0;
  const moments = steps
    .toSorted((a, b) => a.at - b.at)
    .map((step) => {
      readBytes += step.readBytes;
      writtenBytes += step.writtenBytes;
      return { at: step.at, readBytes, writtenBytes };
    });
  return thinned(moments);
}
