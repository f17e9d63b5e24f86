/**
 * The worker of one switch. A round takes all ports with work to do as one batch: read, apply what differs, read again;
 * what was read to be as wanted is recorded as verified. What fails is tried again, later and later. At its start and
 * every `driftIntervalMs` it reads all ports, and puts right what has drifted.
 */
import { BullionError, messageOf } from '@bullion/service';
import type { Context } from './context.ts';
import { driverOf } from './drivers/index.ts';
import type { ReconcilerOptions } from './reconciler.ts';
import { carryOut, type DuePort, lookUp, record, recordFailure } from './rounds.ts';
import { type GuardedSession, guard } from './switch-session.ts';
import { switchSecret } from './switches.ts';

type Hooks = {
  /** Aborting ends the worker. */
  signal: AbortSignal;
  /** An attempt on a port has ended, well or not. */
  attempted(port: string): void;
  /** The worker has ended, since its switch is gone. */
  ended(): void;
};

/** A failed attempt: the same version is not tried again before `at` (of `performance.now()`: clocks can jump). */
type Failure = { version: number; attempts: number; at: number };

export class SwitchWorker {
  readonly #context: Context;
  readonly #name: string;
  readonly #options: ReconcilerOptions;
  readonly #hooks: Hooks;
  readonly #failures = new Map<string, Failure>();
  #session: GuardedSession | undefined;
  /** When all ports are read again. */
  #readAllAt = 0;
  #woken = false;
  #ring: () => void = () => {};

  constructor(context: Context, name: string, options: ReconcilerOptions, hooks: Hooks) {
    this.#context = context;
    this.#name = name;
    this.#options = options;
    this.#hooks = hooks;
    hooks.signal.addEventListener('abort', () => this.#ring(), { once: true });
  }

  /** There may be work. */
  wake(): void {
    this.#woken = true;
    this.#ring();
  }

  /** Works until the signal is aborted or the switch is gone. Never rejects. */
  async run(): Promise<void> {
    while (!this.#hooks.signal.aborted) {
      this.#woken = false; // What is written from here on rings again.
      const next = await this.#round().catch((error: unknown) => this.#failed(error));
      if (next !== 'gone') await this.#pause(next - performance.now());
      else if (!this.#woken) return this.#hooks.ended();
    }
    await this.#disconnect();
  }

  /** Returns when the next round is due. */
  async #round(): Promise<number | 'gone'> {
    const { db } = this.#context;
    const row = await db.selectFrom('switches').selectAll().where('name', '=', this.#name).executeTakeFirst();
    // A switch that was registered anew under its name is another one. Sealed settings are never the same twice.
    if (this.#session && this.#session.settings !== row?.settings) await this.#disconnect();
    if (!row) return 'gone';
    const now = performance.now();
    const all = now >= this.#readAllAt;
    const ports = await lookUp(db, this.#name, all);
    if (all) this.#readAllAt = now + this.#options.driftIntervalMs;
    const due = all ? ports : ports.filter((port) => this.#waitsUntil(port) <= now);
    if (due.length === 0) return Math.min(this.#readAllAt, ...ports.map((port) => this.#waitsUntil(port)));
    const back = this.#session === undefined;
    this.#session ??= await this.#connect(row.driver, row.settings);
    // A switch that is back serves all who waited for it, and not each at its own time.
    const outcomes = await carryOut(this.#name, this.#session, back ? ports : due, row.drift);
    await record(this.#context, this.#name, outcomes);
    for (const { port, error } of outcomes) {
      if (error) this.#postpone(port);
      else this.#failures.delete(port.name);
      this.#hooks.attempted(port.name);
    }
    return now;
  }

  /** The switch, or our database, failed as a whole: all ports are in doubt, wait, and say why. */
  async #failed(thrown: unknown): Promise<number> {
    const { signal } = this.#hooks;
    await this.#disconnect();
    if (signal.aborted) return 0;
    const { log } = this.#context;
    log.warn({ switch: this.#name, error: messageOf(thrown) }, 'switch failed; will try again');
    try {
      const ports = await recordFailure(this.#context, this.#name, switchError(this.#name, thrown));
      for (const port of ports) this.#postpone(port);
      for (const port of ports) this.#hooks.attempted(port.name);
    } catch (error) {
      log.error({ switch: this.#name, error: messageOf(error) }, 'cannot record a failure');
    }
    // Not before the first wait, even where it could not be recorded that anything failed.
    return performance.now() + this.#options.retryMs;
  }

  #waitsUntil({ name, version }: DuePort): number {
    const failure = this.#failures.get(name);
    return failure?.version === version ? failure.at : 0;
  }

  #postpone({ name, version }: DuePort): void {
    const { retryMs, retryMaxMs } = this.#options;
    const before = this.#failures.get(name);
    const attempts = before?.version === version ? before.attempts + 1 : 1;
    const wait = Math.min(retryMaxMs, retryMs * 2 ** Math.min(attempts - 1, 20)) * (0.75 + Math.random() / 2);
    this.#failures.set(name, { version, attempts, at: performance.now() + wait });
  }

  async #pause(milliseconds: number): Promise<void> {
    if (this.#woken || this.#hooks.signal.aborted || milliseconds <= 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ring = resolve;
    // A longer time than a timer can hold would ring at once.
    const timer = setTimeout(resolve, Math.min(milliseconds, 2 ** 31 - 1));
    await promise;
    clearTimeout(timer);
  }

  async #connect(driverType: string, settings: string): Promise<GuardedSession> {
    const { secrets, switchDrivers } = this.#context;
    return await guard(driverOf(switchDrivers, 'switch', driverType), this.#name, {
      settings,
      open: secrets.open(settings, switchSecret(this.#name)),
      timeoutMs: this.#options.callTimeoutMs,
      signal: this.#hooks.signal,
    });
  }

  async #disconnect(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}

function switchError(switchName: string, thrown: unknown): BullionError {
  if (thrown instanceof BullionError) return thrown;
  const message = `The switch "${switchName}" failed: ${messageOf(thrown)}.`;
  return new BullionError('bad_gateway', 'switch_failed', message, {
    hint: 'It is tried again by itself. If it stays, see the service log.',
    cause: thrown,
  });
}
