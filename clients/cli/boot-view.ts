/** How a boot looks while it goes on: its phases with their seconds, as bars on a terminal, else a line a stage. */
import type { ProvisioningType } from '@bullion/sdk';
import type { Cli } from './cli.ts';
import { type LiveBlock, spinner } from './live-block.ts';
import { plain, seconds } from './output.ts';

export type Boot = ProvisioningType['Boot'];
type PhaseName = Boot['phases'][number]['phase'];

/** The phases in their order, each with the stage that it begins with. */
const PHASES: readonly (readonly [phase: PhaseName, begins: string, what: string])[] = [
  ['control', 'requested', 'clone, export, network, power'],
  ['firmware', 'power-on', 'self-test, network ROM'],
  ['dhcp', 'dhcp', 'address, iPXE'],
  ['ipxe', 'ipxe', 'kernel and initramfs are loaded'],
  ['kernel', 'loaded', 'kernel and initramfs come up'],
  ['copy', 'kernel', 'the whole image is fetched'],
  ['reboot', 'copied', 'off, and on from its own disk'],
  ['disk-firmware', 'restarted', 'self-test, boot loader'],
  ['disk-kernel', 'disk-loaded', 'kernel comes up'],
  ['userland', 'kernel', 'disk, operating system, report'],
];

/** The phases that a boot of this mode passes, each with the stage that it begins with. */
function phasesOf({ mode }: Boot): typeof PHASES {
  const [begins, without] = {
    diskless: ['kernel', /^(copy|reboot|disk-.*)$/],
    ram: ['copied', /^(reboot|disk-.*)$/],
    copy: ['disk-kernel', /^$/],
  }[mode] as [string, RegExp];
  return PHASES.filter(([phase]) => !without.test(phase)).map((row) =>
    row[0] === 'userland' ? [row[0], begins, row[2]] : row,
  );
}

/** What a stage means to people. */
const STAGES: Record<string, string> = {
  requested: 'the boot is written down',
  admitted: 'it is its turn: others had to come up first',
  cloned: 'the volume is there',
  exported: 'the volume can be reached by iSCSI, by this node alone',
  network: 'the NIC is on the provisioning network',
  'power-on': 'the node is being switched on',
  dhcp: 'the firmware asks for an address',
  ipxe: 'iPXE fetches its script',
  loaded: 'kernel and initramfs are loaded',
  kernel: 'the kernel runs and fetches its configuration',
  copied: 'the whole image is there',
  restarted: 'the node is being switched on again, to boot from its own disk',
  'disk-loaded': 'the boot loader of its disk is through',
  'disk-kernel': 'the kernel of its disk runs',
  running: 'the operating system has reported back',
};

const BAR_WIDTH = 30;
/** A bar of a boot that has only begun does not fill the line at once: this many milliseconds do. */
const BAR_AT_LEAST_MS = 10_000;

export class BootView {
  readonly #cli: Cli;
  readonly #block: LiveBlock | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #told = new Map<string, string>();
  #boot: Boot;

  constructor(cli: Cli, boot: Boot) {
    this.#cli = cli;
    this.#boot = boot;
    this.#block = cli.liveBlock();
    if (this.#block) this.#timer = setInterval(() => this.#draw(), 100);
    else cli.note(titleOf(boot));
    this.show(boot);
  }

  show(boot: Boot): void {
    this.#boot = boot;
    if (this.#block) this.#draw();
    else this.#tellNewStages(boot);
  }

  #tellNewStages(boot: Boot): void {
    const begin = Date.parse(boot.timeline[0]?.at ?? boot.createdAt);
    for (const { stage, at } of boot.timeline) {
      // A boot that began anew after a restart of the service reaches its stages again.
      if (this.#told.get(stage) === at) continue;
      this.#told.set(stage, at);
      const after = seconds(Date.parse(at) - begin).padStart(8);
      this.#cli.note(`  ${after}  ${stage.padEnd(11)} ${STAGES[stage] ?? ''}`.trimEnd());
    }
  }

  /** Takes the block away, or leaves it as the record of what was. */
  end({ keep }: { keep: boolean }): void {
    clearInterval(this.#timer);
    if (keep) this.#draw();
    else this.#block?.clear();
  }

  #draw(): void {
    this.#block?.draw([titleOf(this.#boot), ...phaseLines(this.#boot, Date.now())]);
  }
}

const titleOf = (boot: Boot): string =>
  `Node ${boot.node} boots from ${boot.image}  (volume ${boot.volume}, address ${boot.address || 'not known yet'})`;

/** A line a phase: past ones with their time, the present one with its time so far, those to come dimly. */
export function phaseLines(boot: Boot, now: number): string[] {
  const phases = phasesOf(boot);
  const took = new Map(boot.phases.map(({ phase, milliseconds }) => [phase, milliseconds]));
  const reached = new Map(boot.timeline.map(({ stage, at }) => [stage, Date.parse(at)]));
  const current =
    boot.state === 'booting'
      ? phases.findLast(([phase, begins]) => !took.has(phase) && reached.has(begins))
      : undefined;
  const timed = phases.map(([phase, begins, what]) => {
    const running = current?.[0] === phase;
    return { phase, what, running, ms: running ? Math.max(0, now - reached.get(begins)!) : took.get(phase) };
  });
  const width = Math.max(...phases.map(([phase]) => phase.length));
  const longest = Math.max(BAR_AT_LEAST_MS, ...timed.map(({ ms }) => ms ?? 0));
  return timed.map(({ phase, what, running, ms }) => {
    const mark = running ? spinner() : ms === undefined ? '·' : '✓';
    const bar = '█'.repeat(ms === undefined ? 0 : Math.max(1, Math.round((ms / longest) * BAR_WIDTH)));
    const time = (ms === undefined ? '' : seconds(ms)).padStart(8);
    return `  ${mark} ${phase.padEnd(width)} ${time}  ${bar.padEnd(BAR_WIDTH)}  ${plain(what)}`.trimEnd();
  });
}
