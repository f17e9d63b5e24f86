/** One server after the other: diskless, re-provisioned, from its local disk, and copied, in turns. */
import { type BenchOptions, quantile } from '../common/figures.ts';
import { at, type Boot, COPIED_TO, type Lab, total } from './lab.ts';
import type { LocalBoots } from './local.ts';

export type Way = 'diskless' | 'reprovision' | 'local' | 'copy';
/** Seconds from the request to the report, a value a round. */
export type Seconds = Record<Way, number[]>;

export type ModeTimes = {
  seconds: Seconds;
  /** Median seconds of each phase. */
  phases: Record<'diskless' | 'copy', Record<string, number>>;
  /** All that is neither firmware nor kernel nor userland, a value a diskless boot. */
  control: number[];
  /** Sent by the operator's machine while a node booted diskless, a value a boot. */
  bytes: number[];
};

const NODE = 'node1';
const NODES_OWN = ['firmware', 'kernel', 'userland'];

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export async function measureModes(lab: Lab, local: LocalBoots, options: BenchOptions): Promise<ModeTimes> {
  const rounds = options.quick ? 1 : 3;
  const seconds: Seconds = { diskless: [], reprovision: [], local: [], copy: [] };
  const boots: Record<'diskless' | 'copy', Boot[]> = { diskless: [], copy: [] };
  const bytes: number[] = [];
  const note = (way: Way, took: number) => {
    seconds[way].push(took);
    options.say(`${way}: ${took.toFixed(1)} s`);
  };
  for (let round = 0; round < rounds; round++) {
    const before = await lab.sentBytes();
    const diskless = await lab.boot(NODE, 'first', 'diskless');
    bytes.push((await lab.sentBytes()) - before);
    boots.diskless.push(diskless);
    note('diskless', total(diskless));

    // A node that runs one image is asked for another.
    const asked = Date.now();
    await lab.end(NODE);
    const second = await lab.boot(NODE, 'second', 'diskless');
    note('reprovision', (at(second, 'running') - asked) / 1000);
    await lab.end(NODE);

    note('local', (await local.boot([NODE]))[0]!);

    const copy = await lab.boot(COPIED_TO, 'first', 'copy');
    boots.copy.push(copy);
    note('copy', total(copy));
    await lab.end(COPIED_TO);
  }
  const phases = { diskless: medianPhases(boots.diskless), copy: medianPhases(boots.copy) };
  return { seconds, phases, control: boots.diskless.map(controlOf), bytes };
}

function medianPhases(boots: Boot[]): Record<string, number> {
  const names = boots[0]!.phases.map(({ phase }) => phase);
  return Object.fromEntries(names.map((name) => [name, median(boots.map((boot) => phaseOf(boot, name)))]));
}

const phaseOf = (boot: Boot, name: string): number =>
  (boot.phases.find(({ phase }) => phase === name)?.milliseconds ?? 0) / 1000;

const controlOf = (boot: Boot): number =>
  boot.phases
    .filter(({ phase }) => !NODES_OWN.includes(phase))
    .reduce((sum, { milliseconds }) => sum + milliseconds / 1000, 0);
