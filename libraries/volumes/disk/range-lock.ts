/** A range of blocks held; give it back with `RangeLock.release`. */
export interface Hold {
  readonly first: number;
  readonly last: number;
  /** Earlier holds that overlap and are not yet released. */
  waitsFor: number;
  readonly followers: Hold[];
  grant: ((hold: Hold) => void) | undefined;
}

/**
 * Ranges that overlap take turns, in the order of asking; others do not meet. Each asks for one range and waits
 * only for earlier ones, so there is no deadlock and no starvation. The number held is the queue depth of the
 * initiators, some dozens, so a list beats a tree.
 */
export class RangeLock {
  readonly #holds = new Set<Hold>();

  /** At once when nothing overlaps (the usual case, without a promise); `first` and `last` are inclusive. */
  acquire(first: number, last: number): Hold | Promise<Hold> {
    const hold: Hold = { first, last, waitsFor: 0, followers: [], grant: undefined };
    for (const earlier of this.#holds) {
      if (earlier.first <= last && first <= earlier.last) {
        earlier.followers.push(hold);
        hold.waitsFor += 1;
      }
    }
    this.#holds.add(hold);
    if (hold.waitsFor === 0) return hold;
    return new Promise((resolve) => (hold.grant = resolve));
  }

  /** Nobody holds, or waits for, any of it. */
  isFree(first: number, last: number): boolean {
    for (const hold of this.#holds) if (hold.first <= last && first <= hold.last) return false;
    return true;
  }

  release(hold: Hold): void {
    this.#holds.delete(hold);
    for (const follower of hold.followers) {
      follower.waitsFor -= 1;
      if (follower.waitsFor === 0) follower.grant!(follower);
    }
  }
}
