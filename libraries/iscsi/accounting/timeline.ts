/**
 * How much had been read and written by when, in bounded memory: when the points have become too many every other one
 * goes, and from then on they are taken half as often. A boot of a minute is kept to the tenth of a second, a server's
 * year to the day.
 */
const MAX_POINTS = 512;
const FIRST_INTERVAL_MS = 100;

export type TrafficPoint = { ms: number; readBytes: number; writtenBytes: number };

export class Timeline {
  #points: TrafficPoint[] = [];
  #intervalMs = FIRST_INTERVAL_MS;
  #nextMs = 0;

  /** `ms` since the start; the sums as they are now. Call it before they change. */
  note(ms: number, readBytes: number, writtenBytes: number): void {
    if (ms < this.#nextMs) return;
    this.#points.push({ ms: Math.round(ms), readBytes, writtenBytes });
    if (this.#points.length >= MAX_POINTS) {
      this.#points = this.#points.filter((_, i) => i % 2 === 0);
      this.#intervalMs *= 2;
    }
    this.#nextMs = ms + this.#intervalMs;
  }

  points(): readonly TrafficPoint[] {
    return this.#points;
  }
}
