/** OS9's REST API as documented, in front of a command line in memory that knows only what a driver should say. */
import { z } from 'zod';
import { formatVlans } from '../../cli/vlan-ranges.ts';
import type { Cabled } from '../../contract.ts';
import type { Answered, Asked } from '../../https/testing/server.ts';

export type FakePort = { shutdown: boolean; switchport: boolean; hybrid: boolean; address: boolean };
type Vlan = { untagged: Set<string>; tagged: Set<string> };

const API: Record<string, string> = { GigabitEthernet: 'gige', TenGigabitEthernet: 'tengig' };
const inputSchema = z.strictObject({
  input: z.union([
    z.strictObject({ 'config-commands': z.string().max(1000) }),
    z.strictObject({ 'show-command': z.string() }),
    z.strictObject({ 'exec-command': z.string() }),
  ]),
});

/** Ports are named here as commands name them: `GigabitEthernet 1/3`. */
export class FakeOs9 {
  readonly ports = new Map<string, FakePort>();
  readonly vlans = new Map<number, Vlan>();
  readonly servers = new Map<string, Cabled>();
  saved: string | undefined;
  /** Lines of tables that are none of ours, by port. */
  readonly odd = new Map<string, string>();
  /** Requests with configuration commands. */
  readonly batches: string[] = [];
  /** Called after every configuration command. */
  watch: () => void = () => {};

  /** Up, and not switching: as an administrator left them. */
  constructor(names: readonly string[]) {
    for (const name of names) {
      const port = { shutdown: false, switchport: false, hybrid: false, address: false };
      this.ports.set(name.replace(/(?<=[a-z])(?=\d)/i, ' '), port);
    }
  }

  running(): string {
    const lists = [...this.vlans].map(([vlan, { untagged, tagged }]) => [vlan, [...untagged], [...tagged]]);
    return JSON.stringify([[...this.ports], lists]);
  }

  cabled(heard: Cabled): void {
    this.servers.set(heard.port.replace(/(?<=[a-z])(?=\d)/i, ' '), heard);
  }

  /** Nothing for a port that switches nothing. VLAN 1 is what an untagged port is in when it is in no other. */
  members(name: string): { untagged: number[]; tagged: number[] } {
    const port = this.ports.get(name)!;
    if (!port.switchport) return { untagged: [], tagged: [] };
    const of = (list: keyof Vlan) =>
      [...this.vlans].filter(([, vlan]) => vlan[list].has(name)).map(([id]) => id);
    const [untagged, tagged] = [of('untagged'), of('tagged')];
    const falls = untagged.length === 0 && (port.hybrid || tagged.length === 0);
    return { untagged: falls ? [1] : untagged, tagged };
  }

  configure(commands: string): void {
    this.batches.push(commands);
    let inside: string | undefined;
    for (const line of commands.split('\r\n')) {
      const [, entered] = /^interface (.+)$/.exec(line) ?? [];
      if (line === 'exit') inside = undefined;
      else if (entered !== undefined) inside = entered;
      else if (inside?.startsWith('vlan ')) this.#vlan(Number(inside.slice('vlan '.length)), line);
      else this.#interface(inside ?? '', line);
      this.watch();
    }
  }

  #interface(name: string, line: string): void {
    const port = this.ports.get(name);
    if (port === undefined) throw new Error('Invalid interface');
    const { untagged, tagged } = this.members(name);
    const free = tagged.length === 0 && untagged.every((id) => id === 1);
    if (line === 'shutdown' || line === 'no shutdown') port.shutdown = line === 'shutdown';
    else if (line === 'switchport' && !port.address) port.switchport = true;
    else if (line === 'no switchport' && port.switchport && free) port.switchport = port.hybrid = false;
    else if (line === 'portmode hybrid' && !port.switchport) port.hybrid = true;
    else throw new Error(`${line}: not possible on ${name}`);
  }

  #vlan(id: number, line: string): void {
    const [, no, list, name] = /^(no )?(untagged|tagged) (\S+ \S+)$/.exec(line) ?? [];
    const port = this.ports.get(name ?? '');
    if (port === undefined || list === undefined || !port.switchport) throw new Error(`Invalid: ${line}`);
    if (id === 1) throw new Error('Cannot change members of the default VLAN');
    const vlan = this.vlans.get(id) ?? { untagged: new Set(), tagged: new Set() };
    this.vlans.set(id, vlan);
    const members = vlan[list as keyof Vlan];
    if (no !== undefined ? !members.has(name!) : members.has(name!)) throw new Error(`${line}: no change`);
    const { untagged, tagged } = this.members(name!);
    if (no !== undefined) members.delete(name!);
    else if (list === 'untagged' && untagged.some((other) => other !== 1))
      throw new Error('already untagged');
    else if (!port.hybrid && (list === 'tagged' ? untagged.some((other) => other !== 1) : tagged.length > 0))
      throw new Error('not a hybrid port');
    else members.add(name!);
  }
}

export function answerOs9(device: FakeOs9, { method, path, type, body }: Asked): Answered {
  if (method === 'GET' && path === '/api/running/dell/interfaces?deep&with-defaults') {
    return { status: 200, body: JSON.stringify({ 'dell:interfaces': { interface: interfaces(device) } }) };
  }
  if (method !== 'POST' || path !== '/api/running/dell/_operations/cli') return { status: 404, body: '' };
  if (type !== 'application/vnd.yang.operation+json') return { status: 415, body: 'unsupported media type' };
  const { input } = inputSchema.parse(JSON.parse(body));
  let command: string;
  try {
    if ('config-commands' in input) {
      device.configure(input['config-commands']);
      command = `conf\r\nDell(conf)#${input['config-commands']}\r\nDell(conf)#`;
    } else if ('show-command' in input) command = show(device, input['show-command']);
    else if (input['exec-command'] === 'write memory') {
      device.saved = device.running();
      command = 'write memory\r\n!\r\nDell#';
    } else throw new Error('Invalid input');
  } catch (error) {
    command = `conf\r\nDell(conf)#...\r\n% Error: ${(error as Error).message}.\r\nDell(conf)#`;
  }
  return { status: 200, body: JSON.stringify({ 'dell:output': { command } }) };
}

function interfaces(device: FakeOs9): unknown[] {
  const ports = [...device.ports].map(([name, port]) => {
    const [word, number] = name.split(' ') as [string, string];
    return {
      ...{ name: `${API[word]}-${number.replaceAll('/', '-')}`, mtu: 1554, shutdown: port.shutdown },
      portmode: { hybrid: port.hybrid },
      ...(port.switchport ? { switchport: {} } : {}),
      ...(port.address ? { ip: { address: { primary: { address: '10.0.0.1/24' } } } } : {}),
    };
  });
  return [...ports, { name: 'vlan-1', shutdown: false }, { name: 'mgmt-0-0', shutdown: false }];
}

function show(device: FakeOs9, command: string): string {
  const rows: Record<string, () => string[]> = {
    'interfaces switchport': () => [...device.ports.keys()].flatMap((name) => switchport(device, name)),
    'lldp neighbors detail': () =>
      [...device.servers].flatMap(([name, { neighbour }]) => lldp(name, neighbour)),
    'mac-address-table': () => [
      'Codes: *N - VLT Peer Synced MAC',
      'VlanId     Mac Address           Type          Interface        State',
      ...[...device.servers].map(([name, { mac, vlan }]) => {
        const short = name.replace(/^(..)[A-Za-z]*/, '$1');
        return ` ${vlan}      ${mac}     Dynamic       ${short}           Active`;
      }),
      ' 1       00:01:e8:06:95:ac     Static        Po 1             Active',
    ],
  };
  const lines = rows[command]?.();
  if (lines === undefined) throw new Error(`Invalid input: show ${command}`);
  return [`show ${command}`, '', ...lines, '', 'Dell#'].join('\r\n');
}

function switchport(device: FakeOs9, name: string): string[] {
  if (!device.ports.get(name)!.switchport) return [];
  const { untagged, tagged } = device.members(name);
  return [
    'Codes:  U - Untagged, T - Tagged',
    '        x - Dot1x untagged, X - Dot1x tagged',
    '        G - GVRP tagged, M - Trunk',
    '',
    `Name: ${name}`,
    '802.1QTagged: Hybrid',
    'Vlan membership:',
    'Q       Vlans',
    ...(untagged.length > 0 ? [`U       ${formatVlans(untagged)}      `] : []),
    ...(tagged.length > 0 ? [`T       ${formatVlans(tagged)}      `] : []),
    ...(device.odd.has(name) ? [device.odd.get(name)!] : []),
    '',
    `Native VlanId:    ${untagged[0] ?? 1}.`,
    '',
  ];
}

const lldp = (name: string, there: Cabled['neighbour']): string[] => [
  ' ========================================================================',
  ` Local Interface ${name} has 1 neighbor`,
  '  Total Frames Out: 6547',
  '  The neighbors are given below:',
  '  -----------------------------------------------------------------------',
  '',
  '    Remote Chassis ID Subtype: Mac address (4)',
  `    Remote Chassis ID:  ${there.chassisId}`,
  '    Remote Port Subtype:  Mac address (3)',
  `    Remote Port ID:  ${there.portId}`,
  `    Local Port ID: ${name}`,
  '    Locally assigned remote Neighbor Index: 4',
  '    Remote TTL:  120',
  '    Information valid for next 120 seconds',
  ...(there.systemName === null ? [] : [`    Remote System Name:  ${there.systemName}`]),
];
