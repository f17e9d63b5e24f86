/** The timeline of a boot: stages that are reached once, in the database, and waited for in the process. */
import { EventEmitter, once } from 'node:events';
import { type Database, now, type Trx } from './context.ts';

/** In the order in which a boot passes them. */
export const STAGES = [
  'requested',
  /** It had to wait until fewer others come up (fleet/admission.ts). Left out where it had not. */
  'admitted',
  'cloned',
  'exported',
  'network',
  'power-on',
  /** The firmware is through and asks for an address. */
  'dhcp',
  /** iPXE has its address and fetches its script. */
  'ipxe',
  /** Kernel and initramfs are loaded. */
  'loaded',
  /** The initramfs fetches its configuration. */
  'kernel',
  /** The whole image is on the node's own disk, or in its memory (modes `copy` and `ram`). */
  'copied',
  /** The node is being switched on again, to boot from its own disk. This and the next two: mode `copy` alone. */
  'restarted',
  /** Its firmware and boot loader are through: the kernel begins. */
  'disk-loaded',
  /** The initramfs of its own disk begins. */
  'disk-kernel',
  /** The operating system reports back. */
  'running',
] as const;
export type Stage = (typeof STAGES)[number];

/** That `stage` is `wanted`, or comes after it. */
export const isReached = (stage: Stage, wanted: Stage) => STAGES.indexOf(stage) >= STAGES.indexOf(wanted);

export type Phase = {
  phase: (typeof PHASES)[number][0];
  milliseconds: number;
};

/** What lies between which stages. A boot passes those of its mode; `userland` begins with what came last before it. */
export const PHASES = [
  ['queue', 'requested', 'admitted'],
  ['control', 'requested', 'power-on'],
  ['firmware', 'power-on', 'dhcp'],
  ['dhcp', 'dhcp', 'ipxe'],
  ['ipxe', 'ipxe', 'loaded'],
  ['kernel', 'loaded', 'kernel'],
  ['copy', 'kernel', 'copied'],
  ['reboot', 'copied', 'restarted'],
  ['disk-firmware', 'restarted', 'disk-loaded'],
  ['disk-kernel', 'disk-loaded', 'disk-kernel'],
  ['userland', 'kernel', 'running'],
] as const satisfies [string, Stage, Stage][];

const BEFORE_RUNNING: readonly Stage[] = ['disk-kernel', 'restarted', 'copied', 'kernel'];

function beginOf(phase: Phase['phase'], from: Stage, at: ReadonlyMap<string, number>): number | undefined {
  // Waiting is not our work.
  if (phase === 'control') return at.get('admitted') ?? at.get(from);
  if (phase !== 'userland') return at.get(from);
  const last = BEFORE_RUNNING.find((stage) => at.has(stage));
  return last && at.get(last);
}

/** How long each phase took, of those that are over. */
export function phasesOf(timeline: readonly { stage: string; at: string }[]): Phase[] {
  const at = new Map(timeline.map(({ stage, at }) => [stage, Date.parse(at)]));
  return PHASES.flatMap(([phase, from, to]) => {
    const begin = beginOf(phase, from, at);
    const end = at.get(to);
    return begin === undefined || end === undefined ? [] : [{ phase, milliseconds: end - begin }];
  });
}

export class Stages {
  readonly #db: Database;
  readonly #reached = new EventEmitter().setMaxListeners(0);

  constructor(db: Database) {
    this.#db = db;
  }

  /** Records that the boot is there, now or since `at`. A stage that was reached before keeps its time. */
  async reach(boot: string, stage: Stage, at = now()): Promise<void> {
    await this.note(this.#db, boot, [stage], at);
    this.wake(boot);
  }

  /** The same beside other writes of a transaction; `wake` when it is committed. */
  async note(db: Database | Trx, boot: string, stages: readonly Stage[], at = now()): Promise<void> {
    await db
      .insertInto('boot_stages')
      .values(stages.map((stage) => ({ boot, stage, at })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** Forgets the stages from `from` on: the boot begins there anew. */
  async rewind(trx: Trx, boot: string, from: Stage): Promise<void> {
    await trx
      .deleteFrom('boot_stages')
      .where('boot', '=', boot)
      .where('stage', 'in', STAGES.slice(STAGES.indexOf(from)))
      .execute();
  }

  async has(boot: string, stage: Stage): Promise<boolean> {
    return (await this.timeline(boot)).some((reached) => reached.stage === stage);
  }

  async timeline(boot: string): Promise<{ stage: Stage; at: string }[]> {
    const rows = await this.#db
      .selectFrom('boot_stages')
      .select(['stage', 'at'])
      .where('boot', '=', boot)
      .execute();
    const order = (stage: string) => STAGES.indexOf(stage as Stage);
    return rows.sort((a, b) => order(a.stage) - order(b.stage)) as { stage: Stage; at: string }[];
  }

  /** Resolves at the next stage of this boot that is reached, or rejects when `signal` is aborted. */
  async next(boot: string, signal: AbortSignal): Promise<void> {
    await once(this.#reached, boot, { signal });
  }

  /** Wakes whoever waits for this boot. */
  wake(boot: string): void {
    this.#reached.emit(boot);
  }
}
