/** A service with restless tenants on it, to be killed: it registers what is not there yet, and then moves nodes for ever. */
import { join } from 'node:path';
import { createLogger } from '@bullion/service';
import { driversOf } from '../drivers/index.ts';
import { openIsolation } from '../index.ts';
import { fileHardware } from './file-hardware.ts';

const NODES = 4;

const pick = <Item>(...items: Item[]): Item => items[Math.floor(Math.random() * items.length)]!;

/** Prints a line when it is at work. */
export async function tenant(folder: string, failures: number): Promise<never> {
  const { switchDriver, bmcDriver } = fileHardware(join(folder, 'hardware.json'), failures);
  const { app, createToken } = await openIsolation({
    folder,
    logger: createLogger('silent'),
    reconciler: { retryMs: 5, retryMaxMs: 20, driftIntervalMs: 100 },
    drivers: { switchDrivers: driversOf(switchDriver), bmcDrivers: driversOf(bmcDriver) },
  });
  const token = await createToken('operator', 'tenant');
  const ask = (method: 'POST' | 'PUT' | 'DELETE', path: string, payload?: object) =>
    app.inject({
      method,
      url: `/isolation/v1${path}`,
      headers: { authorization: `Bearer ${token}` },
      ...(payload ? { payload } : {}),
    });
  for (const name of ['a', 'b']) {
    await ask('POST', '/projects', { name });
    await ask('POST', '/networks', { name: `net-${name}`, project: name });
  }
  await ask('POST', '/switches', { name: 's1', driver: 'file', settings: {} });
  for (let number = 1; number <= NODES; number++) {
    const [name, port] = [`n${number}`, `p${number}`];
    await ask('PUT', `/switches/s1/ports/${port}`);
    const bmc = { driver: 'file', settings: { node: name } };
    const nics = [{ name: 'eth0', mac: `52:54:00:00:01:0${number}`, switch: 's1', port }];
    await ask('POST', '/nodes', { name, firmware: 'bios', bmc, nics });
  }
  console.log('at work');
  const roam = async (node: string): Promise<never> => {
    for (;;) {
      const project = pick('a', 'b');
      await ask('POST', `/nodes/${node}/allocate`, { project });
      await ask('PUT', `/nodes/${node}/power`, { action: 'on' });
      for (let move = 0; move < 3; move++) {
        await ask(pick('PUT', 'DELETE'), `/nodes/${node}/nics/eth0/networks/net-${project}`, {});
      }
      await ask('POST', `/nodes/${node}/release`);
    }
  };
  return await Promise.race(Array.from({ length: NODES }, (_, index) => roam(`n${index + 1}`)));
}
