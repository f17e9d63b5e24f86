/**
 * The isolation service in a process of its own, on real HTTP. It is told what to open as JSON in its only argument,
 * prints its URL and an administrator's token as one line of JSON, and for each line on its standard input says what it has used.
 */
import { createInterface } from 'node:readline';
import { createLogger } from '@bullion/service';
import { MemoryBmc, memoryBmcDriver } from '../../services/isolation/drivers/bmc/memory.ts';
import { driversOf } from '../../services/isolation/drivers/index.ts';
import { MemorySwitch, memorySwitchDriver } from '../../services/isolation/drivers/switch/memory.ts';
import { openIsolation } from '../../services/isolation/index.ts';

export type ServeOptions = {
  folder: string;
  database?: string | undefined;
  /** With switches in memory, each of so many ports, instead of the real drivers. */
  memoryPorts?: number | undefined;
  memorySwitches?: number | undefined;
};

const options = JSON.parse(process.argv[2]!) as ServeOptions;
const { folder, database, memoryPorts, memorySwitches = 1 } = options;
const service = await openIsolation({
  folder,
  database,
  logger: createLogger('silent'),
  ...(memoryPorts === undefined ? {} : { drivers: inMemory(memoryPorts) }),
});
const url = await service.app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ url, token: await service.createToken('admin', 'bench') }));

function inMemory(ports: number) {
  const switches = Array.from({ length: memorySwitches }, (_, index) => {
    const one = new MemorySwitch(`s${index + 1}`);
    for (let port = 1; port <= ports; port++) one.addPort(`p${port}`);
    return one;
  });
  // Without consoles: all nodes have the same BMC here, and only one could have its console.
  const bmc = memoryBmcDriver(new MemoryBmc('bmc-1'));
  const bmcDriver = { ...bmc, capabilities: { ...bmc.capabilities, console: false } };
  return { switchDrivers: driversOf(memorySwitchDriver(...switches)), bmcDrivers: driversOf(bmcDriver) };
}

for await (const _ of createInterface({ input: process.stdin })) {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ rss: process.memoryUsage.rss(), cpu: user + system }));
}
await service.close();
process.exit(0);
