import { findVolume } from '../catalog/lookup.ts';
import type { LiveDisk } from '../disk/live-disk.ts';
import { checkSignal, fromSystem, VolumeError } from '../errors.ts';
import { BLOCK_BYTES } from '../geometry.ts';
import type { TransferOptions } from '../options.ts';
import type { StoreCore } from './core.ts';
import { Pace } from './pace.ts';

export interface FlattenOptions extends TransferOptions {
  /** What the copying may take of the disk; default 64 MiB a second. */
  readonly bytesPerSecond?: number;
}

/** Blocks copied under one hold, which writers of these blocks wait for: 1 MiB. */
const RUN_BLOCKS = 256;
/** Of a volume that is not open, which is opened for it: 8 MiB. */
const STEP_BLOCKS = 2048;

/**
 * Makes volumes independent of what they stand on, by copying up what they do not have themselves, while they are in
 * use. The catalog remembers the wish; what is in the volume's own layer is done. So after a restart it goes on where it
 * was, and a snapshot meanwhile only means more to copy, into the layer that is then on top.
 */
export class Flattening {
  readonly #core: StoreCore;
  readonly #running = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(core: StoreCore) {
    this.#core = core;
  }

  /** Resolves when the volume stands alone. A second call joins the first. */
  async flatten(volume: string, options: FlattenOptions): Promise<void> {
    const { serial, catalog } = this.#core;
    await serial.run(async () => {
      this.#core.checkOpen();
      const entry = findVolume(catalog, volume, 'flattened');
      if (!entry.flattening) this.#core.commit(() => catalog.setFlattening(volume, true));
    });
    let running = this.#running.get(volume);
    if (!running) {
      running = this.#run(volume, options).finally(() => this.#running.delete(volume));
      this.#running.set(volume, running);
    }
    await running;
  }

  /** Goes on with what a restart interrupted. */
  resume(): void {
    for (const { name, flattening } of this.#core.catalog.entries()) {
      // A failure stays in the catalog as a wish; whoever asks again is told why.
      if (flattening) this.flatten(name, {}).catch(() => {});
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort(
      new VolumeError('closed', 'the store is closing', 'It goes on when the store is opened.'),
    );
    await Promise.allSettled(this.#running.values());
  }

  async #run(volume: string, options: FlattenOptions): Promise<void> {
    const { catalog } = this.#core;
    const pace = new Pace(options.bytesPerSecond ?? 64 * 1024 * 1024, this.#stop.signal);
    let top: string | undefined;
    let next = 0;
    for (;;) {
      const entry = catalog.entry(volume);
      if (!entry?.flattening) return; // deleted meanwhile
      if (options.signal?.aborted) {
        this.#core.commit(() => catalog.setFlattening(volume, false));
        checkSignal(options.signal, `flattening ${volume}`);
      }
      if (entry.layerId !== top) next = 0;
      top = entry.layerId;
      const totalBytes = catalog.layer(top).sizeBytes;
      if (next * BLOCK_BYTES >= totalBytes) {
        if (await this.#finish(volume, top)) return;
        continue;
      }
      const step = await this.#copy(volume, top, next);
      next = step.next;
      options.onProgress?.({ doneBytes: next * BLOCK_BYTES, totalBytes });
      await this.#pace(pace, step.copied * BLOCK_BYTES);
    }
  }

  async #pace(pace: Pace, bytes: number): Promise<void> {
    try {
      await pace.did(bytes);
    } catch {
      throw this.#stop.signal.reason;
    }
  }

  async #copy(volume: string, top: string, from: number): Promise<{ copied: number; next: number }> {
    const { disks, catalog, serial } = this.#core;
    const live = disks.live(volume);
    try {
      if (live) return await live.copyUp(from, RUN_BLOCKS);
    } catch (error) {
      // Closed meanwhile; what was written is there.
      if (fromSystem(error, '').code === 'closed') return { copied: 0, next: from };
      throw error;
    }
    let step = { copied: 0, next: from };
    await serial.run(async () => {
      this.#core.checkOpen();
      const entry = catalog.entry(volume);
      if (entry?.layerId !== top) return;
      await disks.withLive(entry, async (disk: LiveDisk) => {
        const end = disk.sizeBytes / BLOCK_BYTES;
        while (step.copied < STEP_BLOCKS && step.next < end) {
          const { copied, next } = await disk.copyUp(step.next, RUN_BLOCKS);
          step = { copied: step.copied + copied, next };
        }
      });
    });
    return step;
  }

  /** False when there is more to copy after all: a snapshot came in between. */
  #finish(volume: string, top: string): Promise<boolean> {
    const { disks, catalog, serial, table } = this.#core;
    return serial.run(async () => {
      this.#core.checkOpen();
      const entry = catalog.entry(volume);
      if (!entry || entry.layerId !== top) return false;
      await disks.withLive(entry, async (disk) => {
        const below = disk.chain.slice(1);
        await disk.between(async (layer) => {
          this.#core.commit(() => {
            catalog.detach(top);
            catalog.setFlattening(volume, false);
          });
          return [layer];
        });
        await disk.readersOfOldChain();
        await table.release(below);
      });
      return true;
    });
  }
}
