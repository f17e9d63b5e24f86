/** The virtual racks of this machine. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { list, type RackStatus } from '@bullion/rack';
import { BullionError, notFound } from '@bullion/service/errors';
import type { Cli } from './cli.ts';

/** The racks of this home that are up, or have left anything behind. */
export async function racksOf(cli: Cli): Promise<RackStatus[]> {
  useHome(cli);
  return await list();
}

/** The rack library finds its files by the environment, as the processes that it starts do. */
export function useHome(cli: Cli): void {
  process.env.BULLION_HOME = cli.home;
}

/** The kernel of an image that was built here: many a machine has none that a rack could try KVM with. */
export function builtKernel(cli: Cli): string | undefined {
  return globSync('cache/images/*/vmlinuz', { cwd: cli.home })
    .map((path) => join(cli.home, path))
    .at(-1);
}

/** The rack of that name; without a name the only one that there is. */
export async function chosenRack(cli: Cli, name: string | undefined): Promise<RackStatus> {
  const racks = await racksOf(cli);
  const names = racks.map((rack) => rack.name).join(', ');
  const up = 'Bring one up: bullion rack up';
  if (name !== undefined) {
    const found = racks.find((rack) => rack.name === name);
    if (found) return found;
    throw notFound(
      'rack',
      name,
      racks.length === 0 ? `There is no rack at all. ${up}` : `There is: ${names}.`,
    );
  }
  if (racks.length === 1) return racks[0]!;
  if (racks.length === 0)
    throw new BullionError('not_found', 'rack_not_found', 'There is no rack on this machine.', {
      hint: `${up}.`,
    });
  throw new BullionError('invalid', 'rack_ambiguous', `There are several racks: ${names}.`, {
    hint: 'Name the one that you mean.',
  });
}
