/**
 * The reconciler: makes every switch carry what the database says, and believes only what it reads back.
 *
 * One worker a switch, so that a switch that is down delays its own ports alone. A round takes all ports with work to
 * do as one batch: read, apply what differs, read again; what was read to be as wanted is recorded as verified. What
 * fails is tried again, later and later. At start and every `driftIntervalMs` all ports are read, and what has drifted
 * is put right. Nothing is queued in memory: the work to do is `version > verified_version`, which survives any crash.
 */
import { EventEmitter, once } from 'node:events';
import { BullionError, type ErrorBody, messageOf } from '@bullion/service';
import type { Context } from './context.ts';
import { driverOf } from './drivers/index.ts';
import type { SwitchSession } from './drivers/switch/driver.ts';
import { carries, describePort, type PortConfig, type PortState } from './drivers/switch/port.ts';
import { desiredPorts, type PortKey } from './ports.ts';
import { switchSecret } from './switches.ts';

export type ReconcilerOptions = {
  /** How often every port is read again, in milliseconds. */
  driftIntervalMs: number;
  /** The first wait after a failure; it doubles up to `retryMaxMs`, with jitter. */
  retryMs: number;
  retryMaxMs: number;
};

const DEFAULTS: ReconcilerOptions = { driftIntervalMs: 60_000, retryMs: 250, retryMaxMs: 30_000 };

type DuePort = { name: string; version: number; attempts: number; verified_version: number };

export class Reconciler {
  readonly #context: Context;
  readonly #options: ReconcilerOptions;
  readonly #workers = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  /** Emits `wake SWITCH` when there is work, and `port SWITCH PORT` when an attempt on a port has ended. */
  readonly #signals = new EventEmitter().setMaxListeners(0);

  constructor(context: Context, options: Partial<ReconcilerOptions> = {}) {
    this.#context = context;
    this.#options = { ...DEFAULTS, ...options };
  }

  /** What a former process believed about the hardware is forgotten: every port is read before it counts again. */
  async start(): Promise<void> {
    await this.#context.db
      .updateTable('ports')
      .set({ verified_version: 0, attempts: 0, next_attempt_at: 0 })
      .execute();
    const switches = await this.#context.db.selectFrom('switches').select('name').execute();
    for (const { name } of switches) this.wake(name);
  }

  /** To be called after a commit that raised the version of a port of this switch. */
  wake(switchName: string): void {
    if (this.#closing.signal.aborted) return;
    if (!this.#workers.has(switchName)) {
      this.#workers.set(
        switchName,
        this.#work(switchName).finally(() => this.#workers.delete(switchName)),
      );
    }
    this.#signals.emit(`wake ${switchName}`);
  }

  /**
   * Resolves when the port was read to carry `version` or a later one. `note` is told why it takes longer. Rejects
   * only when `signal` is aborted: the work itself is never given up.
   */
  async settled(
    { switch: switchName, port }: PortKey,
    version: number,
    signal: AbortSignal,
    note: (text: string) => Promise<void>,
  ): Promise<void> {
    for (;;) {
      const listening = new AbortController();
      const attempt = once(this.#signals, `port ${switchName} ${port}`, {
        signal: AbortSignal.any([signal, listening.signal]),
      });
      attempt.catch(() => {});
      const row = await this.#context.db
        .selectFrom('ports')
        .select(['verified_version', 'error'])
        .where('switch', '=', switchName)
        .where('name', '=', port)
        .executeTakeFirst();
      if (!row || row.verified_version >= version) {
        listening.abort();
        return;
      }
      if (row.error) await note((JSON.parse(row.error) as ErrorBody['error']).message);
      await attempt;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#workers.values());
  }

  async #work(switchName: string): Promise<void> {
    const { log } = this.#context;
    let session: SwitchSession | undefined;
    let readAllAt = 0;
    while (!this.#closing.signal.aborted) {
      const woken = this.#wakeUp(switchName);
      try {
        const readAll = Date.now() >= readAllAt;
        if (readAll) readAllAt = Date.now() + this.#options.driftIntervalMs;
        const due = await this.#due(switchName, readAll);
        if (due.length > 0) {
          session ??= await this.#connect(switchName);
          if (!session) return; // The switch was deleted.
          await this.#reconcile(switchName, session, due);
        }
      } catch (error) {
        await session?.close();
        session = undefined;
        if (this.#closing.signal.aborted) break;
        log.warn({ switch: switchName, error: messageOf(error) }, 'switch failed; will try again');
        await this.#postpone(switchName, error).catch((lost) =>
          log.error({ error: messageOf(lost) }, 'cannot record a failure'),
        );
      }
      await woken(Math.min(await this.#nextAttempt(switchName), readAllAt));
    }
    await session?.close();
  }

  /** Listens from now on; the function returned waits for a wake, or until `time` (milliseconds since the epoch). */
  #wakeUp(switchName: string): (time: number) => Promise<void> {
    const done = new AbortController();
    const wake = once(this.#signals, `wake ${switchName}`, {
      signal: AbortSignal.any([this.#closing.signal, done.signal]),
    });
    wake.catch(() => {});
    return async (time) => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, Math.max(0, time - Date.now()));
      });
      await Promise.race([wake.catch(() => {}), late]);
      clearTimeout(timer);
      done.abort();
    };
  }

  async #connect(switchName: string): Promise<SwitchSession | undefined> {
    const { db, secrets, switchDrivers } = this.#context;
    const row = await db.selectFrom('switches').selectAll().where('name', '=', switchName).executeTakeFirst();
    if (!row) return undefined;
    const driver = driverOf(switchDrivers, 'switch', row.driver);
    return await driver.connect(secrets.open(row.settings, switchSecret(switchName)), {
      signal: this.#closing.signal,
    });
  }

  /** Ports with work to do now; for `all`, those that are thought to be right as well. */
  async #due(switchName: string, all: boolean): Promise<DuePort[]> {
    let query = this.#context.db
      .selectFrom('ports')
      .select(['name', 'version', 'attempts', 'verified_version'])
      .where('switch', '=', switchName);
    if (!all)
      query = query.whereRef('verified_version', '<', 'version').where('next_attempt_at', '<=', Date.now());
    return await query.execute();
  }

  async #nextAttempt(switchName: string): Promise<number> {
    const row = await this.#context.db
      .selectFrom('ports')
      .select(({ fn }) => fn.min('next_attempt_at').as('at'))
      .where('switch', '=', switchName)
      .whereRef('verified_version', '<', 'version')
      .executeTakeFirst();
    return row?.at == null ? Number.POSITIVE_INFINITY : Number(row.at);
  }

  async #reconcile(switchName: string, session: SwitchSession, due: readonly DuePort[]): Promise<void> {
    const names = due.map((port) => port.name);
    const wanted = await desiredPorts(this.#context.db, switchName, names);
    const before = await session.read(names);
    const differing = new Map<string, PortConfig>();
    for (const [name, config] of wanted) {
      if (!carries(before.get(name)!, config)) differing.set(name, config);
    }
    const refused = differing.size > 0 ? await session.apply(differing) : new Map<string, BullionError>();
    const after =
      differing.size > 0 ? new Map([...before, ...(await session.read([...differing.keys()]))]) : before;
    for (const port of due) {
      const state = after.get(port.name)!;
      if (carries(state, wanted.get(port.name)!)) {
        const drifted = port.verified_version >= port.version && differing.has(port.name);
        await this.#verified(switchName, port, state, drifted ? before.get(port.name)! : undefined);
      } else {
        const error =
          refused.get(port.name) ?? notAsWanted(switchName, port.name, wanted.get(port.name)!, state);
        await this.#failed(switchName, port, state, error);
      }
      this.#signals.emit(`port ${switchName} ${port.name}`);
    }
  }

  /** The port carries what `port.version` asked for: so do the attachments that were changed up to that version. */
  async #verified(
    switchName: string,
    port: DuePort,
    state: PortState,
    driftedFrom: PortState | undefined,
  ): Promise<void> {
    const { db, events } = this.#context;
    await db.transaction().execute(async (trx) => {
      await trx
        .updateTable('ports')
        .set({ verified_version: port.version, observed: JSON.stringify(state), error: null, attempts: 0 })
        .where('switch', '=', switchName)
        .where('name', '=', port.name)
        .execute();
      const nic = await trx
        .selectFrom('nics')
        .selectAll()
        .where('switch', '=', switchName)
        .where('port', '=', port.name)
        .executeTakeFirst();
      if (nic) {
        await trx
          .updateTable('attachments')
          .set({ state: 'attached' })
          .where('node', '=', nic.node)
          .where('nic', '=', nic.name)
          .where('state', '=', 'attaching')
          .where('port_version', '<=', port.version)
          .execute();
        await trx
          .deleteFrom('attachments')
          .where('node', '=', nic.node)
          .where('nic', '=', nic.name)
          .where('state', '=', 'detaching')
          .where('port_version', '<=', port.version)
          .execute();
      }
      if (driftedFrom) {
        const data = { found: describePort(driftedFrom), repairedTo: describePort(state) };
        await events.append(trx, {
          kind: 'port.drift_repaired',
          subject: `port/${switchName}/${port.name}`,
          project: null,
          data,
        });
      }
    });
  }

  async #failed(
    switchName: string,
    port: DuePort,
    state: PortState | undefined,
    error: BullionError,
  ): Promise<void> {
    await this.#context.db
      .updateTable('ports')
      .set({
        // A port that was right and is no longer counts as not verified: it has work to do again.
        verified_version: Math.min(port.verified_version, port.version - 1),
        ...(state === undefined ? {} : { observed: JSON.stringify(state) }),
        error: JSON.stringify(error.toBody().error),
        attempts: port.attempts + 1,
        next_attempt_at: Date.now() + this.#backOff(port.attempts),
      })
      .where('switch', '=', switchName)
      .where('name', '=', port.name)
      .execute();
  }

  /** The switch as a whole failed: all its waiting ports wait longer, and say why. */
  async #postpone(switchName: string, thrown: unknown): Promise<void> {
    const error =
      thrown instanceof BullionError
        ? thrown
        : new BullionError(
            'bad_gateway',
            'switch_failed',
            `The switch "${switchName}" failed: ${messageOf(thrown)}.`,
            { cause: thrown },
          );
    for (const port of await this.#due(switchName, true)) {
      await this.#failed(switchName, port, undefined, error);
      this.#signals.emit(`port ${switchName} ${port.name}`);
    }
  }

  #backOff(attempts: number): number {
    const { retryMs, retryMaxMs } = this.#options;
    return Math.min(retryMaxMs, retryMs * 2 ** Math.min(attempts, 20)) * (0.75 + Math.random() / 2);
  }
}

function notAsWanted(switchName: string, port: string, wanted: PortConfig, state: PortState): BullionError {
  return new BullionError(
    'bad_gateway',
    'port_not_as_wanted',
    `Port "${port}" of ${switchName} should be ${describePort(wanted)}, but the switch says ${describePort(state)}.`,
    { hint: 'It is tried again by itself. If it stays, look at the port on the switch.' },
  );
}
