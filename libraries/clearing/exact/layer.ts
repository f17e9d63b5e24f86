/** States that stand at one place of the sweep: each once, with the least loss that leads to it. */

const FIRST = 64;

export class Layer {
  readonly #stride: number;
  #states: Int32Array;
  losses = new Float64Array(FIRST);
  count = 0;
  /** Open addressing: a state's place + 1 at its hash or behind; 0 where nothing is. At most half full. */
  #table = new Int32Array(2 * FIRST);

  /** `stride`: words in a state. */
  constructor(stride: number) {
    this.#stride = stride;
    this.#states = new Int32Array(FIRST * stride);
  }

  clear(): void {
    this.count = 0;
    this.#table.fill(0);
  }

  read(place: number, into: Int32Array): void {
    const from = place * this.#stride;
    for (let at = 0; at < into.length; at++) into[at] = this.#states[from + at]!;
  }

  /** Returns the state's place; of two losses the lesser is kept. */
  put(state: Int32Array, loss: number): number {
    let slot = this.#slotOf(state);
    const found = this.#table[slot]! - 1;
    if (found >= 0) {
      if (loss < this.losses[found]!) this.losses[found] = loss;
      return found;
    }
    if (this.count === this.losses.length) {
      this.#grow();
      slot = this.#slotOf(state);
    }
    const place = this.count++;
    this.#table[slot] = place + 1;
    this.#states.set(state, place * this.#stride);
    this.losses[place] = loss;
    return place;
  }

  /** Gives all up but the `most` of the least `loss`, the earlier of equals: their losses become infinite. */
  keep(most: number, loss: (place: number) => number): void {
    const losses = Float64Array.from({ length: this.count }, (_, place) => loss(place));
    const places = Array.from({ length: this.count }, (_, place) => place);
    places.sort((a, b) => losses[a]! - losses[b]! || a - b);
    for (const place of places.slice(most)) this.losses[place] = Number.POSITIVE_INFINITY;
  }

  /** Where a state stands in the table, or would. */
  #slotOf(state: Int32Array): number {
    const stride = this.#stride;
    const mask = this.#table.length - 1;
    let hash = 0;
    for (let at = 0; at < stride; at++) {
      hash = Math.imul(hash ^ state[at]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = this.#table[slot]! - 1;
      if (place < 0) return slot;
      const from = place * stride;
      let at = 0;
      while (at < stride && this.#states[from + at] === state[at]) at++;
      if (at === stride) return slot;
    }
  }

  #grow(): void {
    const room = 2 * this.losses.length;
    const states = new Int32Array(room * this.#stride);
    states.set(this.#states);
    const losses = new Float64Array(room);
    losses.set(this.losses);
    this.#states = states;
    this.losses = losses;
    this.#table = new Int32Array(2 * room);
    const state = new Int32Array(this.#stride);
    for (let place = 0; place < this.count; place++) {
      this.read(place, state);
      this.#table[this.#slotOf(state)] = place + 1;
    }
  }
}
