/** A service with restless tenants on it, to be killed: it registers what is not there yet, and then moves nodes for ever. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@bullion/service';
import { driversOf } from '../drivers/index.ts';
import { ovsDriver } from '../drivers/switch/ovs/driver.ts';
import { type Isolation, openIsolation } from '../index.ts';
import { fileHardware } from './file-hardware.ts';

/** How many nodes there are; node `nN` is cabled to port `pN`. */
export const NODES = 4;

/** What outlives the service: its BMCs are a file, and its switch another or a real one. */
export type Site = {
  folder: string;
  /** The share of calls to the hardware in files that fail. */
  failures: number;
  switch: { driver: string; settings: object };
};

export function openSite({ folder, failures }: Site): Promise<Isolation> {
  const { switchDriver, bmcDriver } = fileHardware(join(folder, 'hardware.json'), failures);
  return openIsolation({
    folder,
    logger: createLogger('silent'),
    reconciler: { retryMs: 5, retryMaxMs: 20, driftIntervalMs: 100 },
    drivers: { switchDrivers: driversOf(switchDriver, ovsDriver), bmcDrivers: driversOf(bmcDriver) },
  });
}

const pick = <Item>(...items: Item[]): Item => items[Math.floor(Math.random() * items.length)]!;

/** Prints a line when it is at work, and one for each release that it begins. */
export async function tenant(site: Site): Promise<never> {
  const { app, createToken } = await openSite(site);
  const askAs = (token: string) => (method: 'POST' | 'PUT' | 'DELETE', path: string, payload?: object) =>
    app.inject({
      method,
      url: `/isolation/v1${path}`,
      headers: { authorization: `Bearer ${token}` },
      ...(payload ? { payload } : {}),
    });
  const ask = askAs(await createToken('operator', 'tenant'));
  const members: Record<string, typeof ask> = {};
  for (const name of ['a', 'b']) {
    await ask('POST', '/projects', { name });
    await ask('POST', '/networks', { name: `net-${name}`, project: name });
    members[name] = askAs((await ask('POST', `/projects/${name}/tokens`, { label: 'tenant' })).json().token);
  }
  await ask('POST', '/switches', { name: 's1', ...site.switch });
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
      const [project, other] = pick(['a', 'b'], ['b', 'a']) as [string, string];
      await ask('POST', `/nodes/${node}/allocate`, { project });
      await ask('PUT', `/nodes/${node}/power`, { action: 'on' });
      for (let move = 0; move < 4; move++) {
        const network = pick(`${project}%2Fnet-${project}`, `${project}%2Fmore`, `${other}%2Fmore`);
        const mode = pick('native', 'tagged');
        await members[project]!(pick('PUT', 'DELETE'), `/nodes/${node}/nics/eth0/networks/${network}`, {
          mode,
        });
      }
      const { statusCode } = await ask('POST', `/nodes/${node}/release`);
      if (statusCode === 202) console.log('a release was begun');
    }
  };
  /** Networks come and go, and so does the access to them. */
  const share = async (project: string, other: string): Promise<never> => {
    for (;;) {
      await ask('POST', '/networks', { name: 'more', project });
      await members[project]!(pick('PUT', 'DELETE'), `/networks/more/access/${other}`);
      await sleep(Math.random() * 50);
      if (Math.random() < 0.3) await ask('DELETE', `/networks/${project}%2Fmore`);
    }
  };
  return await Promise.race([
    share('a', 'b'),
    share('b', 'a'),
    ...Array.from({ length: NODES }, (_, index) => roam(`n${index + 1}`)),
  ]);
}
