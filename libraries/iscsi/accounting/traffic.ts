/** What has gone through a target since it was added: commands, bytes, how long they took, and when. */
import { Histogram, type LatencySnapshot } from './histogram.ts';
import { Timeline, type TrafficPoint } from './timeline.ts';

export type OperationKind = 'read' | 'write' | 'flush';

/** One command that moved data or flushed, as the initiator saw it. */
export type DiskOperation = {
  kind: OperationKind;
  /** In bytes; 0 of a flush. */
  offset: number;
  length: number;
  /** By performance.now(). */
  startedAt: number;
  milliseconds: number;
};

export type TrafficSnapshot = {
  reads: number;
  writes: number;
  flushes: number;
  readBytes: number;
  writtenBytes: number;
  /** Commands that ended with CHECK CONDITION, unit attentions included. */
  errors: number;
  /** Commands that waited for their turn or for a limit. */
  delayed: number;
  /** From a command's arrival to its answer. */
  latency: Record<OperationKind, LatencySnapshot>;
  /** Cumulative; the last point is now. */
  timeline: TrafficPoint[];
  /** In milliseconds. */
  elapsed: number;
};

export class Traffic {
  errors = 0;
  delayed = 0;
  readonly #begun = performance.now();
  readonly #latency = { read: new Histogram(), write: new Histogram(), flush: new Histogram() };
  readonly #counts = { read: 0, write: 0, flush: 0 };
  readonly #bytes = { read: 0, write: 0, flush: 0 };
  readonly #timeline = new Timeline();
  readonly #observe: ((operation: DiskOperation) => void) | undefined;

  constructor(observe?: (operation: DiskOperation) => void) {
    this.#observe = observe;
  }

  ended(kind: OperationKind, offset: number, length: number, startedAt: number): void {
    const now = performance.now();
    this.#timeline.note(now - this.#begun, this.#bytes.read, this.#bytes.write);
    this.#counts[kind] += 1;
    this.#bytes[kind] += length;
    const milliseconds = now - startedAt;
    this.#latency[kind].add(milliseconds);
    this.#observe?.({ kind, offset, length, startedAt, milliseconds });
  }

  snapshot(): TrafficSnapshot {
    const elapsed = Math.round(performance.now() - this.#begun);
    const now = { ms: elapsed, readBytes: this.#bytes.read, writtenBytes: this.#bytes.write };
    return {
      reads: this.#counts.read,
      writes: this.#counts.write,
      flushes: this.#counts.flush,
      readBytes: now.readBytes,
      writtenBytes: now.writtenBytes,
      errors: this.errors,
      delayed: this.delayed,
      latency: {
        read: this.#latency.read.snapshot(),
        write: this.#latency.write.snapshot(),
        flush: this.#latency.flush.snapshot(),
      },
      timeline: [...this.#timeline.points(), now],
      elapsed,
    };
  }
}
