/**
 * The reconciler: makes every switch carry what the database says, and believes only what it reads back.
 *
 * It keeps one worker a switch, so that a switch that is down delays its own ports alone. Nothing is queued in memory:
 * the work to do is every port whose `version` was not read back or whose reading is in doubt, which survives any crash.
 */
import { EventEmitter, once } from 'node:events';
import type { ErrorBody } from '@bullion/service';
import type { Context } from './context.ts';
import { isVerified, type PortKey } from './ports.ts';
import { SwitchWorker } from './switch-worker.ts';

export type ReconcilerOptions = {
  /** How often every port is read again, in milliseconds. */
  driftIntervalMs: number;
  /** The first wait after a failure; it doubles up to `retryMaxMs`, with jitter. */
  retryMs: number;
  retryMaxMs: number;
  /** After this long a call to a switch counts as failed, whatever its driver does. */
  callTimeoutMs: number;
};

const DEFAULTS: ReconcilerOptions = {
  driftIntervalMs: 60_000,
  retryMs: 250,
  retryMaxMs: 30_000,
  callTimeoutMs: 20_000,
};

export class Reconciler {
  readonly #context: Context;
  readonly #options: ReconcilerOptions;
  readonly #workers = new Map<string, { worker: SwitchWorker; done: Promise<void> }>();
  readonly #closing = new AbortController();
  /** Emits `SWITCH PORT` when an attempt on a port has ended, well or not. Names of switches hold no spaces. */
  readonly #attempts = new EventEmitter().setMaxListeners(0);

  constructor(context: Context, options: Partial<ReconcilerOptions> = {}) {
    this.#context = context;
    this.#options = { ...DEFAULTS, ...options };
  }

  /** What a former process believed about the hardware is in doubt: every port is read before it counts again. */
  async start(): Promise<void> {
    await this.#context.db.updateTable('ports').set({ doubted: 1 }).execute();
    const switches = await this.#context.db.selectFrom('switches').select('name').execute();
    for (const { name } of switches) this.wake(name);
  }

  /** To be called after a commit that gave a switch work, or took the switch away. */
  wake(switchName: string): void {
    if (this.#closing.signal.aborted) return;
    const running = this.#workers.get(switchName);
    if (running) {
      running.worker.wake();
      return;
    }
    const worker = new SwitchWorker(this.#context, switchName, this.#options, {
      signal: this.#closing.signal,
      attempted: (port) => this.#attempts.emit(`${switchName} ${port}`),
      // Called in the same turn as the last look at `woken`, so that no wake falls in between.
      ended: () => this.#workers.delete(switchName),
    });
    this.#workers.set(switchName, { worker, done: worker.run() });
  }

  /**
   * Resolves when the port was read to carry `version` or a later one. `note` is told why it takes longer. Rejects
   * only when `signal` is aborted: the work itself is never given up.
   */
  async settled(
    { switch: switchName, port }: PortKey,
    version: number,
    signal: AbortSignal,
    note: (text: string) => Promise<void> = async () => {},
  ): Promise<void> {
    for (;;) {
      // Listen before looking, or an attempt that ends between the two would be missed.
      const listening = new AbortController();
      const attempt = once(this.#attempts, `${switchName} ${port}`, {
        signal: AbortSignal.any([signal, listening.signal]),
      });
      attempt.catch(() => {});
      try {
        const row = await this.#context.db
          .selectFrom('ports')
          .select(['version', 'verified_version', 'doubted', 'error'])
          .where('switch', '=', switchName)
          .where('name', '=', port)
          .executeTakeFirst();
        if (!row || isVerified(row, version)) return;
        if (row.error) await note(whyWaiting(JSON.parse(row.error) as ErrorBody['error']));
        await attempt;
      } finally {
        listening.abort();
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#workers.values()].map(({ done }) => done));
  }
}

const REASONS: Record<string, string> = {
  switch_unreachable: 'the switch does not answer',
  switch_timeout: 'the switch does not answer',
  port_not_on_switch: 'the switch has no such port',
  port_device_missing: 'the port has lost its device',
  port_drifted: 'somebody else changed the port, and the operator has it repaired when that is right',
};

/** For the tenant, who may not know where the switch is. The operator finds the whole error at the port. */
function whyWaiting({ code }: ErrorBody['error']): string {
  return `waiting: ${REASONS[code] ?? 'the switch did not take the change'} (${code}); it is tried again by itself`;
}
