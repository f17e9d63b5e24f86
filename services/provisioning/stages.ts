/** The timeline of a boot: stages that are reached once, in the database, and waited for in the process. */
import { EventEmitter, once } from 'node:events';
import { type Database, now } from './context.ts';

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
  /** The operating system reports back. */
  'running',
] as const;
export type Stage = (typeof STAGES)[number];

export type Phase = {
  phase: 'queue' | 'control' | 'firmware' | 'dhcp' | 'ipxe' | 'kernel' | 'userland';
  milliseconds: number;
};

/** What lies between which stages. */
const PHASES: [Phase['phase'], Stage, Stage][] = [
  ['queue', 'requested', 'admitted'],
  ['control', 'requested', 'power-on'],
  ['firmware', 'power-on', 'dhcp'],
  ['dhcp', 'dhcp', 'ipxe'],
  ['ipxe', 'ipxe', 'loaded'],
  ['kernel', 'loaded', 'kernel'],
  ['userland', 'kernel', 'running'],
];

/** How long each phase took, of those that are over. */
export function phasesOf(timeline: readonly { stage: string; at: string }[]): Phase[] {
  const at = new Map(timeline.map(({ stage, at }) => [stage, Date.parse(at)]));
  return PHASES.flatMap(([phase, from, to]) => {
    // Waiting is not our work.
    const begin = phase === 'control' ? (at.get('admitted') ?? at.get(from)) : at.get(from);
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

  /** Records that the boot is there now. A stage that was reached before keeps its time. */
  async reach(boot: string, stage: Stage): Promise<void> {
    await this.#db
      .insertInto('boot_stages')
      .values({ boot, stage, at: now() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    this.#reached.emit(boot);
  }

  /** Forgets the stages from `from` on: the boot begins there anew. */
  async rewind(boot: string, from: Stage): Promise<void> {
    await this.#db
      .deleteFrom('boot_stages')
      .where('boot', '=', boot)
      .where('stage', 'in', STAGES.slice(STAGES.indexOf(from)))
      .execute();
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

  /** Wakes whoever waits for this boot, though no stage was reached. */
  wake(boot: string): void {
    this.#reached.emit(boot);
  }
}
