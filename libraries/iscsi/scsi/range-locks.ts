/**
 * Keeps the read-compare-write commands (COMPARE AND WRITE, ORWRITE) atomic against every write to the same blocks
 * (SBC-3 5.2). Ordinary writes share; they only wait where an exclusive range overlaps theirs.
 */

export type Range = { readonly start: number; readonly end: number; readonly exclusive: boolean };

type Waiter = { range: Range; admitted: () => void };

const clash = (a: Range, b: Range): boolean =>
  (a.exclusive || b.exclusive) && a.start < b.end && b.start < a.end;

export class RangeLocks {
  readonly #held = new Set<Range>();
  readonly #waiting: Waiter[] = [];
  #exclusives = 0;

  /** Undefined when the range is held at once, else a promise of that. First come, first served, so none starves. */
  enter(range: Range): Promise<void> | undefined {
    if (range.exclusive) this.#exclusives += 1;
    // With no exclusive range anywhere nothing can clash: the path of nearly every write.
    if (this.#exclusives === 0 || this.#free(range, this.#waiting.length)) {
      this.#held.add(range);
      return undefined;
    }
    return new Promise((resolve) => {
      this.#waiting.push({ range, admitted: resolve });
    });
  }

  leave(range: Range): void {
    this.#held.delete(range);
    if (range.exclusive) this.#exclusives -= 1;
    if (this.#waiting.length === 0) return;
    for (let i = 0; i < this.#waiting.length; ) {
      const waiter = this.#waiting[i]!;
      if (this.#free(waiter.range, i)) {
        this.#waiting.splice(i, 1);
        this.#held.add(waiter.range);
        waiter.admitted();
      } else i += 1;
    }
  }

  /** Neither a holder nor one of the first `ahead` waiters is in the way. */
  #free(range: Range, ahead: number): boolean {
    for (const held of this.#held) if (clash(held, range)) return false;
    for (let i = 0; i < ahead; i += 1) if (clash(this.#waiting[i]!.range, range)) return false;
    return true;
  }
}
