import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreCore } from './core.ts';
import { Pace } from './pace.ts';

const BYTES_PER_SECOND = 128 * 1024 * 1024;

/**
 * Computes the checksums of layers that were sealed, one after the other, in the background: a snapshot must not wait
 * until all of a disk was read. Until then reads of such a layer are not verified. What a restart interrupts begins anew.
 */
export class Summing {
  readonly #core: StoreCore;
  readonly #delayMs: number;
  readonly #queue = new Set<string>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(core: StoreCore, delayMs: number) {
    this.#core = core;
    this.#delayMs = delayMs;
  }

  add(layerId: string): void {
    if (this.#stop.signal.aborted) return;
    this.#queue.add(layerId);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      const next = this.#queue.values().next().value;
      if (next !== undefined) this.add(next);
    });
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the store is closing'));
    this.#queue.clear();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { catalog, table } = this.#core;
    const { signal } = this.#stop;
    await sleep(this.#delayMs, undefined, { signal }).catch(() => {});
    for (const layerId of this.#queue) {
      this.#queue.delete(layerId);
      if (signal.aborted) return;
      const row = catalog.findLayer(layerId);
      if (!row?.sealed || row.summed) continue;
      try {
        await table.sum(row, new Pace(BYTES_PER_SECOND, signal).did);
        if (catalog.findLayer(layerId)) this.#core.commit(() => catalog.setSummed(layerId, true));
        else await table.remove(layerId);
      } catch {
        // A full disk, damage, the end of the store: the next opening tries again, and `check` tells meanwhile.
      }
    }
  }
}
