/**
 * What time brings: nodes that were released behind our back, whose boots are ended; ends that could not be finished;
 * targets that could not be opened at start; layers that were still read when they were deleted.
 */
import { messageOf } from '@bullion/service';
import { emptyBin } from './bin.ts';
import { lastEnd, retireBoot } from './boot-end.ts';
import { type BootParts, openExport } from './boot-parts.ts';
import { accessOf, livingBoots, loadBoot } from './boots.ts';
import type { Context } from './context.ts';
import { Health } from './fleet/health.ts';
import { collectLayers } from './garbage.ts';
import { isHeld } from './holding.ts';
import type { BootTable } from './store/schema.ts';

export class Sweeper {
  readonly #context: Context;
  readonly #parts: BootParts;
  readonly #health: Health;
  /** What all open targets had sent at the last sweep. */
  #served = { bytes: 0, at: performance.now() };
  #timer: NodeJS.Timeout | undefined;
  #sweep: Promise<void> = Promise.resolve();

  constructor(context: Context, parts: BootParts) {
    this.#context = context;
    this.#parts = parts;
    this.#health = new Health(context, parts);
  }

  start(): void {
    this.#timer = setInterval(() => void this.sweep(), this.#context.sweepMs).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweep;
  }

  /** Never rejects. Sweeps take turns. */
  sweep(): Promise<void> {
    this.#sweep = this.#sweep.then(() => this.#attempt('all', () => this.#once()));
    return this.#sweep;
  }

  async #once(): Promise<void> {
    const { db, layers } = this.#context;
    this.#learnRate();
    for (const boot of await livingBoots(db)) await this.#attempt(boot.node, () => this.#look(boot));
    await this.#attempt('bin', () => emptyBin(this.#context));
    if (layers.hasRubbish) await this.#attempt('layers', () => collectLayers(this.#context));
  }

  /** How fast the targets have served since the last sweep. A target that was closed meanwhile only makes it less. */
  #learnRate(): void {
    const { exports, capacity } = this.#parts;
    const bytes = exports.targets().reduce((sum, target) => sum + exports.bytesRead(target), 0);
    const at = performance.now();
    capacity.learnRate(bytes - this.#served.bytes, (at - this.#served.at) / 1000);
    this.#served = { bytes, at };
  }

  async #attempt(subject: string, work: () => Promise<void>): Promise<void> {
    const { closing, log } = this.#context;
    if (closing.aborted) return;
    try {
      await work();
    } catch (error) {
      log.warn({ subject, error: messageOf(error) }, 'sweep failed; will try again');
    }
  }

  async #look(boot: BootTable): Promise<void> {
    if (boot.state === 'booting' || (await this.#isBusy(boot))) return;
    const held = await isHeld(this.#context, boot);
    if (boot.state === 'running' && held) {
      await this.#keepOpen(boot);
      return await this.#health.look(boot);
    }
    // An end that failed while the node is held waits for whoever asked for it.
    if (boot.state === 'ending' && held && boot.error === null) return;
    this.#context.log.info({ boot: boot.id, node: boot.node, held }, 'ending a boot');
    await retireBoot(this.#context, boot);
  }

  /** Whether an operation works on the boot now. */
  async #isBusy(boot: BootTable): Promise<boolean> {
    if ((await lastEnd(this.#context.db, boot))?.isRunning) return true;
    return (await this.#context.operations.get(boot.operation)).state === 'running';
  }

  async #keepOpen(boot: BootTable): Promise<void> {
    await openExport(this.#context, this.#parts, boot);
    // Ended in between: what was closed must not be open again.
    const { state } = await loadBoot(this.#context.db, boot.id);
    if (state !== 'running') await this.#parts.exports.remove(accessOf(this.#context, boot).target);
  }
}
