/** Who looks at a console, and which one of them types: there is one seat to write from. */

export type Viewer = {
  /** Who it is, to the others of the project. */
  readonly label: string;
  /** Told when another one has taken its seat. */
  onSeatTaken(by: Viewer): void;
  /** Told when who looks, or who writes, may have changed. */
  onChange(): void;
};

export type Watcher = { who: string; writer: boolean };

export class Seats {
  readonly #viewers = new Set<Viewer>();
  #writer: Viewer | undefined;

  get writer(): Viewer | undefined {
    return this.#writer;
  }

  get watchers(): Watcher[] {
    return [...this.#viewers].map((viewer) => ({ who: viewer.label, writer: viewer === this.#writer }));
  }

  join(viewer: Viewer): void {
    this.#viewers.add(viewer);
    this.#changed();
  }

  leave(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return;
    if (this.#writer === viewer) this.#writer = undefined;
    this.#changed();
  }

  /** Whether the viewer has the seat now. `take` puts another one out of it. */
  sit(viewer: Viewer, take: boolean): boolean {
    const before = this.#writer;
    if (before === viewer) return true;
    if (before && !take) return false;
    this.#writer = viewer;
    before?.onSeatTaken(viewer);
    this.#changed();
    return true;
  }

  stand(viewer: Viewer): void {
    if (this.#writer !== viewer) return;
    this.#writer = undefined;
    this.#changed();
  }

  #changed(): void {
    for (const viewer of this.#viewers) viewer.onChange();
  }
}
