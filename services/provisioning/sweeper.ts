/** Looks whether the nodes that run are still their projects'; the boot of one that is not is ended. */
import { ok } from '@bullion/sdk';
import { BullionError, messageOf, notFound } from '@bullion/service';
import { endBoot } from './boot-operation.ts';
import type { Context } from './context.ts';
import type { BootTable } from './store/schema.ts';

const SWEEP_MS = 15_000;

export class Sweeper {
  readonly #context: Context;
  #timer: NodeJS.Timeout | undefined;
  #sweep: Promise<void> = Promise.resolve();

  constructor(context: Context) {
    this.#context = context;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#sweep = this.#sweep.then(() => this.sweep());
    }, SWEEP_MS).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweep;
  }

  async sweep(): Promise<void> {
    const { db, log } = this.#context;
    try {
      const running = await db.selectFrom('boots').selectAll().where('state', '=', 'running').execute();
      for (const boot of running) {
        if (await this.#stillHeld(boot)) continue;
        log.info({ boot: boot.id, node: boot.node }, 'the node was released: its boot is ended');
        await endBoot(this.#context, boot, { deleteVolume: false });
      }
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'sweep failed; will try again');
    }
  }

  async #stillHeld(boot: BootTable): Promise<boolean> {
    const { isolation } = this.#context.isolation;
    try {
      const node = await ok(
        isolation.GET('/isolation/v1/nodes/{node}', { params: { path: { node: boot.node } } }),
      );
      return node.project === boot.project && node.state === 'allocated';
    } catch (error) {
      if (error instanceof BullionError && error.code === notFound('node', boot.node).code) return false;
      throw error;
    }
  }
}
