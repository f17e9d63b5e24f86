/** A heap of what will happen, by time, then by kind, then by the order of scheduling: nothing is left to chance. */

export type Scheduled<Event> = { at: number; kind: number; order: number; event: Event };

export class EventQueue<Event> {
  readonly #heap: Scheduled<Event>[] = [];
  #order = 0;

  get next(): Scheduled<Event> | undefined {
    return this.#heap[0];
  }

  /** Of what happens in one second, the lower kind comes first. */
  add(at: number, kind: number, event: Event): void {
    if (!Number.isSafeInteger(at)) throw new Error(`an event at ${at}: times are whole seconds`);
    const heap = this.#heap;
    const one = { at, kind, order: this.#order++, event };
    let hole = heap.length;
    for (let up = (hole - 1) >> 1; hole > 0 && before(one, heap[up]!); up = (hole - 1) >> 1) {
      heap[hole] = heap[up]!;
      hole = up;
    }
    heap[hole] = one;
  }

  take(): Scheduled<Event> | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || first === last) return first;
    let hole = 0;
    for (let down = 1; down < heap.length; down = 2 * hole + 1) {
      if (down + 1 < heap.length && before(heap[down + 1]!, heap[down]!)) down++;
      if (!before(heap[down]!, last!)) break;
      heap[hole] = heap[down]!;
      hole = down;
    }
    heap[hole] = last!;
    return first;
  }
}

const before = <Event>(a: Scheduled<Event>, b: Scheduled<Event>): boolean =>
  a.at - b.at < 0 || (a.at === b.at && (a.kind - b.kind || a.order - b.order) < 0);
