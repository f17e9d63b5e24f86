/** A large data centre: how long a page of any list takes, and how much memory the service does. */
import { type BenchOptions, type Figure, rounded } from '../common/figures.ts';
import { eachOf, startService } from './service.ts';

const AT_ONCE = 16;
const NICS = 4;
const SWITCH_PORTS = 48;
const REPEAT = 5;

export async function measureLists({ quick, say }: BenchOptions): Promise<Record<string, Figure>> {
  const nodes = quick ? 300 : 10_000;
  const switches = Math.ceil((nodes * NICS) / SWITCH_PORTS);
  await using service = await startService({ memoryPorts: SWITCH_PORTS, memorySwitches: switches });
  const { ask } = service;
  say(`lists: ${nodes} nodes with ${nodes * NICS} NICs on ${switches} switches are registered`);
  await eachOf(Array(switches).keys(), AT_ONCE, async (index) => {
    const name = `s${index + 1}`;
    await ask('POST', '/switches', { name, driver: 'memory', settings: { name } });
    for (let port = 1; port <= SWITCH_PORTS; port++) await ask('PUT', `/switches/${name}/ports/p${port}`);
  });
  for (let project = 0; project < 100; project++) {
    await ask('POST', '/projects', { name: `project-${project}` });
    for (let network = 0; network < 10; network++) {
      await ask('POST', '/networks', { name: `net-${project}-${network}`, project: `project-${project}` });
    }
  }
  await eachOf(Array(nodes).keys(), AT_ONCE, async (index) => {
    const name = `n${index + 1}`;
    const nics = Array.from({ length: NICS }, (_, nic) => {
      const place = index * NICS + nic;
      const [on, port] = [Math.floor(place / SWITCH_PORTS) + 1, (place % SWITCH_PORTS) + 1];
      const mac = `52:54:${place
        .toString(16)
        .padStart(8, '0')
        .replace(/(..)(?=.)/g, '$1:')}`;
      return { name: `eth${nic}`, mac, switch: `s${on}`, port: `p${port}` };
    });
    const bmc = { driver: 'memory', settings: { address: 'bmc-1', username: 'admin', password: 'secret' } };
    await ask('POST', '/nodes', { name, firmware: 'uefi', bmc, nics });
    if (index % 2 === 0) return;
    const project = index % 100;
    await ask('POST', `/nodes/${name}/allocate`, { project: `project-${project}` });
    for (let network = 0; network < 2; network++)
      await ask('PUT', `/nodes/${name}/nics/eth${network}/networks/net-${project}-${network}`, {});
  });
  say('lists: a page of each is read');
  const slowest = await slowestPage(ask, nodes);
  const { rss } = await service.used();
  return {
    list_page_ms: {
      ...{ value: rounded(slowest.milliseconds), unit: 'ms', target: '< 50 ms' },
      note: `${slowest.path}, the slowest, ${nodes} nodes registered`,
    },
    rss_mb: { value: Math.round(rss / 2 ** 20), unit: 'MB', target: '< 400 MB', note: 'after that' },
  };
}

/** Of every list that the document names: its first page, one from the middle; the median of a few times. */
async function slowestPage(ask: (method: string, path: string) => Promise<unknown>, nodes: number) {
  const paths = [
    ...['/nodes', '/nodes?after=n5', '/nodes?free=true', '/projects', '/networks', '/networks?after=net-5'],
    ...['/switches', '/switches?after=s5', '/switches/s1/ports', '/users', '/tokens'],
    ...['/events', `/events?after=${nodes}`, '/audit', `/audit?after=${nodes}`],
  ];
  let slowest = { path: '', milliseconds: 0 };
  for (const path of paths) {
    const times: number[] = [];
    for (let time = 0; time < REPEAT; time++) {
      const begun = performance.now();
      await ask('GET', path);
      times.push(performance.now() - begun);
    }
    const milliseconds = times.sort((a, b) => a - b)[Math.floor(REPEAT / 2)]!;
    if (process.env.BENCH_VERBOSE) console.error(path, milliseconds.toFixed(1));
    if (milliseconds > slowest.milliseconds) slowest = { path, milliseconds };
  }
  return slowest;
}
