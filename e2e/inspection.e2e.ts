/**
 * Onboarding on a real switch: a server is imported, looked at, and comes out of maintenance when its cables were seen
 * where the list says. What it is made of is what the rack made it of.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Rig } from './rig.ts';
import { leftovers, noRack, nothingLeft, openLab } from './stage.ts';

const skip = await noRack();
let rig: Rig;

type Facts = {
  system: { firmware: string };
  cpu: { threads: number };
  memoryBytes: number;
  nics: { mac: string; link: boolean; neighbour?: { chassisId: string; portId: string } }[];
};
type Outcome = { node: string; state: string; remarks: string[] };
type Node = { state: string; maintenance: string | null };

before(
  async () => {
    if (skip) return;
    ({ rig } = await openLab('two', { serve: ['--wipe', 'none'] }));
    const recipe = join(import.meta.dirname, 'recipes/inspector.yaml');
    await rig.bullion(['image', 'build', 'inspector', '--recipe', recipe]);
    // As before the first day: the rack's servers are not known.
    for (const { name } of rig.rack.nodes) await rig.bullion(['node', 'delete', name]);
  },
  { timeout: 900_000 },
);

after(async () => rig?.close());

/** The rack as an operator would list it. `crossed`: with the servers' second cables taken for one another. */
function list(crossed: boolean): string {
  const file = join(rig.home, 'servers.csv');
  const [one, other] = rig.rack.nodes;
  const rows = [one!, other!].flatMap((node) => {
    const { name, firmware, bmc, nics } = node;
    return nics.map((nic, index) => {
      const end = crossed && index === 1 ? (node === one ? other! : one!).nics[1]! : nic;
      const bmcs = [bmc.driver, bmc.address, bmc.port, bmc.user, bmc.password];
      return [name, firmware, ...bmcs, nic.name, nic.mac, end.switch, end.port].join(',');
    });
  });
  const head = 'node,firmware,bmc,bmc_address,bmc_port,bmc_user,bmc_password,nic,mac,switch,port';
  writeFileSync(file, [head, ...rows, ''].join('\n'));
  return file;
}

test('an imported server is given to nobody until it was looked at', { skip, timeout: 600_000 }, async () => {
  const outcomes = await rig.bullion<Outcome[]>(['import', list(false)]);
  assert.deepEqual(
    outcomes.map(({ state }) => state),
    ['waiting', 'waiting'],
  );
  const { facts } = await rig.bullion<{ facts: Facts }>(['node', 'inspect', 'node1']);
  assert.equal(facts.system.firmware, 'bios');
  const mebibytes = facts.memoryBytes / 2 ** 20;
  assert.ok(mebibytes > 600 && mebibytes <= 768, `${mebibytes} MiB of 768`);
  const { nics } = rig.rack.nodes.find(({ name }) => name === 'node1')!;
  const heard = new Map(facts.nics.map(({ mac, neighbour }) => [mac, neighbour?.portId]));
  assert.deepEqual(
    nics.map(({ mac }) => heard.get(mac)),
    nics.map(({ port }) => port),
  );
  const again = await rig.bullion<Outcome[]>(['import', list(false)]);
  assert.deepEqual(
    again.map(({ state }) => state),
    ['ready', 'waiting'],
  );
  assert.equal((await rig.bullion<Node>(['node', 'show', 'node1'])).maintenance, null);
  assert.match((await rig.bullion<Node>(['node', 'show', 'node2'])).maintenance!, /not met at/);
  assert.deepEqual(await leftovers(rig), nothingLeft);
});

test('a server whose cable goes elsewhere than listed is found out', { skip, timeout: 600_000 }, async () => {
  for (const { name } of rig.rack.nodes) await rig.bullion(['node', 'delete', name]);
  await rig.bullion(['import', list(true)]);
  await rig.bullion(['node', 'inspect', 'node2']);
  const crossed = list(true);
  const [, node2] = await importAnyway(crossed);
  const [own, said] = [rig.rack.nodes[1]!.nics[1]!, rig.rack.nodes[0]!.nics[1]!];
  assert.deepEqual(node2!.remarks, [
    `${own.name} was met at ${own.switch}/${own.port}, and not at ${said.switch}/${said.port}`,
  ]);
});

/** The command's exit code is 1 where a node was refused; what it printed says which. */
async function importAnyway(file: string): Promise<Outcome[]> {
  try {
    return await rig.bullion<Outcome[]>(['import', file]);
  } catch (error) {
    const [, printed] = /ended with 1: (\[.*\])/s.exec((error as Error).message) ?? [];
    return JSON.parse(printed!) as Outcome[];
  }
}
