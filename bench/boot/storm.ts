/**
 * A storm of boots, inside a network namespace of its own (see `boot-storm.ts`): the isolation and the provisioning
 * service with their databases on a disk, real DHCP, HTTP and iSCSI; BMCs and the switch in memory, the BMCs as slow as
 * ipmitool is; the nodes in a process and a namespace of their own. Prints what each boot cost, as one line of JSON.
 */
import { randomBytes } from 'node:crypto';
import { Site } from '../../services/provisioning/testing/site.ts';
import { type BootCost, Emulated } from './emulated.ts';
import { DISK_BYTES } from './nodes.ts';

export type StormOptions = { folder: string; nodes: number; alone: number; operations: number; pace: number };
/** Times in milliseconds. */
export type StormResult = {
  alone: BootCost[];
  storm: BootCost[];
  stormS: number;
  endS: number;
  cpuS: number;
};

/** A call of ipmitool takes 28 to 66 ms. */
const BMC_MS = 50;

if (import.meta.main) {
  const options = JSON.parse(process.argv[2]!) as StormOptions;
  const { folder, nodes } = options;
  const limits = { lookMs: 5000, sweepMs: 15_000, bootTimeoutMs: 300_000 };
  const site = await Site.open({ nodes, plugged: 0, bootsAtOnce: nodes, folders: folder, ...limits });
  await site.image('golden', 'a', randomBytes(DISK_BYTES));
  for (let number = 1; number <= nodes; number++) site.isolation.bmc(number).latencyMs = BMC_MS;
  const emulated = await Emulated.start(options);
  const alone: BootCost[] = [];
  for (let turn = 0; turn < options.alone; turn++) alone.push(...(await emulated.storm(site, 1)).costs);
  const before = process.cpuUsage();
  const { costs: storm, seconds, endSeconds } = await emulated.storm(site, nodes);
  const { user, system } = process.cpuUsage(before);
  const result = { alone, storm, stormS: seconds, endS: endSeconds, cpuS: (user + system) / 1e6 };
  console.log(JSON.stringify(result satisfies StormResult));
  emulated.stop();
  await site[Symbol.asyncDispose]();
  process.exit(0);
}
