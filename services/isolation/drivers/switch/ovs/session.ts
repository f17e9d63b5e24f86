/**
 * One Open vSwitch bridge as a switch. The database holds what is wanted of vswitchd; whether the datapath has it is
 * told by two numbers: a writer raises `next_cfg`, and vswitchd, when it has taken a configuration in, sets `cur_cfg`
 * to the `next_cfg` that it saw. So nothing here is believed before `cur_cfg` has caught up.
 */
import { BullionError, messageOf } from '@bullion/service/errors';
import type { PortCounters, SwitchCapabilities, SwitchSession } from '../driver.ts';
import { portDeviceMissing, portNotOnSwitch, refusal, switchFailed, switchUnreachable } from '../errors.ts';
import type { PortConfig, PortState } from '../port.ts';
import { fromColumns, toColumns, VLAN_COLUMNS } from './columns.ts';
import {
  type Operation,
  type Outcome,
  type OvsdbClient,
  OvsdbLost,
  type TableUpdates,
} from './ovsdb/client.ts';
import { integer, integerMap, integers, type Row, string, strings, uuid, uuids } from './ovsdb/values.ts';
import type { OvsSettings } from './settings.ts';

const DATABASE = 'Open_vSwitch';
const INTERFACE_COLUMNS = ['_uuid', 'name', 'type', 'ofport', 'ifindex', 'error', 'statistics'];

export const ovsCapabilities: SwitchCapabilities = {
  tagged: true,
  nativelessTrunk: true,
  isolatedPorts: true,
  // The database is the configuration and is on disk before a transaction is answered (`durable`).
  saveConfig: false,
  portCounters: true,
};

const RAISE_NEXT_CFG: readonly Operation[] = [
  { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]] },
  { op: 'select', table: 'Open_vSwitch', where: [], columns: ['next_cfg'] },
];

/** A port as the database has it. */
type PortRow = {
  readonly uuid: string;
  readonly columns: Row;
  readonly interfaces: readonly Row[];
};

export class OvsSession implements SwitchSession {
  readonly #client: OvsdbClient;
  readonly #settings: OvsSettings;
  readonly #timeoutMs: number;
  #curCfg = -1;
  /** Who waits for vswitchd to have taken in the configuration of number `target`. */
  readonly #waiters = new Set<{ readonly target: number; readonly resolve: () => void }>();

  constructor(client: OvsdbClient, settings: OvsSettings, timeoutMs: number) {
    this.#client = client;
    this.#settings = settings;
    this.#timeoutMs = timeoutMs;
  }

  /** To be called once, before anything else. Throws `switch_bridge_not_found`. */
  async start(): Promise<void> {
    await this.#adapt(() =>
      this.#client.monitor(DATABASE, { Open_vSwitch: { columns: ['cur_cfg'] } }, (updates) =>
        this.#follow(updates),
      ),
    );
    await this.#ports();
  }

  async listPorts(): Promise<string[]> {
    return [...(await this.#ports()).keys()];
  }

  async read(ports: readonly string[]): Promise<Map<string, PortState>> {
    await this.#confirm();
    const rows = await this.#ports({ settled: true });
    return new Map(ports.map((port) => [port, this.#state(port, rows.get(port))]));
  }

  async apply(changes: ReadonlyMap<string, PortConfig>): Promise<Map<string, BullionError>> {
    const failures = new Map<string, BullionError>();
    const rows = await this.#ports();
    const updates: { port: string; operation: Operation }[] = [];
    for (const [port, config] of changes) {
      const row = rows.get(port);
      const error = refusal('ovs', ovsCapabilities, port, config);
      if (error !== undefined) failures.set(port, error);
      else if (row === undefined) failures.set(port, portNotOnSwitch(this.#settings.address, port));
      else updates.push({ port, operation: update(row.uuid, config) });
    }
    if (updates.length === 0) return failures;

    const outcomes = await this.#transact([
      ...updates.map(({ operation }) => operation),
      ...RAISE_NEXT_CFG,
      // The answer to a port's attachment outlives a power cut of the switch.
      { op: 'commit', durable: true },
    ]);
    for (const [index, { port }] of updates.entries()) {
      if (outcomes[index]!.count !== 1) failures.set(port, portNotOnSwitch(this.#settings.address, port));
    }
    await this.#settle(nextCfg(outcomes[updates.length + 1]!));

    // Only now does a port's row say whether its device could be opened. Its configuration is written all the same:
    // a device that comes back comes back with it, and not as a trunk of everything.
    const after = await this.#ports();
    for (const { port } of updates) {
      const row = after.get(port);
      const why = row === undefined ? undefined : deviceError(row);
      if (row === undefined) failures.set(port, portNotOnSwitch(this.#settings.address, port));
      else if (why !== undefined)
        failures.set(port, portDeviceMissing(this.#settings.address, port, `${why}.`));
    }
    return failures;
  }

  async counters(ports: readonly string[]): Promise<Map<string, PortCounters>> {
    const rows = await this.#ports();
    const counters = new Map<string, PortCounters>();
    for (const port of ports) {
      const row = rows.get(port);
      if (row !== undefined) counters.set(port, sumCounters(row.interfaces));
    }
    return counters;
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  /** The bridge's ports by name, without its local port, which is the switch's own. */
  async #ports(options: { settled?: boolean } = {}): Promise<Map<string, PortRow>> {
    const [bridge, ports, interfaces, root] = await this.#transact([
      { op: 'select', table: 'Bridge', where: [['name', '==', this.#settings.bridge]], columns: ['ports'] },
      { op: 'select', table: 'Port', where: [], columns: ['_uuid', 'name', 'interfaces', ...VLAN_COLUMNS] },
      {
        op: 'select',
        table: 'Interface',
        where: [],
        columns: INTERFACE_COLUMNS,
      },
      { op: 'select', table: 'Open_vSwitch', where: [], columns: ['next_cfg'] },
    ]);
    const { address, bridge: name } = this.#settings;
    const [bridgeRow] = bridge?.rows ?? [];
    if (bridgeRow === undefined) {
      throw new BullionError(
        'bad_gateway',
        'switch_bridge_not_found',
        `Switch at ${address} has no bridge "${name}".`,
        {
          hint: 'Correct the bridge in the settings of the switch, or create it.',
          details: { address, bridge: name },
        },
      );
    }
    if (options.settled) await this.#settle(nextCfg(root!));
    return this.#understand(() => joinPorts(bridgeRow, ports?.rows ?? [], interfaces?.rows ?? [], name));
  }

  #state(port: string, row: PortRow | undefined): PortState {
    if (row === undefined) {
      return {
        unknown: `bridge "${this.#settings.bridge}" has no port "${port}"`,
        code: 'port_not_on_switch',
      };
    }
    const why = deviceError(row);
    if (why !== undefined) return { unknown: why, code: 'port_device_missing' };
    return this.#understand(() => fromColumns(row.columns));
  }

  /**
   * Has vswitchd confirm what the database holds now. That the two numbers are equal already proves nothing: a
   * vswitchd that died, or starts just now, left them so.
   */
  async #confirm(): Promise<void> {
    const outcomes = await this.#transact(RAISE_NEXT_CFG);
    await this.#settle(nextCfg(outcomes[1]!));
  }

  /** Resolves when vswitchd has taken in the configuration of this number, or a later one. */
  async #settle(target: number): Promise<void> {
    if (this.#curCfg >= target) return;
    const { address } = this.#settings;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { target, resolve };
    const ended = this.#client.ended;
    const lost = () => reject(switchUnreachable(address, ended.reason));
    const late = () =>
      reject(
        switchFailed(
          address,
          `ovs-vswitchd did not take the configuration in within ${this.#timeoutMs} ms; it may not be running.`,
        ),
      );
    const timer = setTimeout(late, this.#timeoutMs);
    this.#waiters.add(waiter);
    ended.addEventListener('abort', lost, { once: true });
    if (ended.aborted) lost();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
      ended.removeEventListener('abort', lost);
    }
  }

  #follow(updates: TableUpdates): void {
    for (const change of Object.values(updates.Open_vSwitch ?? {})) {
      if (change.new !== undefined) this.#curCfg = integer(change.new, 'cur_cfg');
    }
    for (const waiter of this.#waiters) {
      if (this.#curCfg >= waiter.target) waiter.resolve();
    }
  }

  #transact(operations: readonly Operation[]): Promise<Outcome[]> {
    return this.#adapt(() => this.#client.transact(DATABASE, operations));
  }

  async #adapt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof OvsdbLost) throw switchUnreachable(this.#settings.address, error);
      throw switchFailed(this.#settings.address, messageOf(error), error);
    }
  }

  #understand<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      throw switchFailed(this.#settings.address, messageOf(error), error);
    }
  }
}

function update(id: string, config: PortConfig): Operation {
  return { op: 'update', table: 'Port', where: [['_uuid', '==', uuid(id)]], row: toColumns(config) };
}

function nextCfg(outcome: Outcome): number {
  return integer(outcome.rows?.[0] ?? {}, 'next_cfg');
}

function joinPorts(bridge: Row, ports: readonly Row[], interfaces: readonly Row[], local: string) {
  const wanted = new Set(uuids(bridge, 'ports'));
  const interfaceOf = new Map(interfaces.map((row) => [uuids(row, '_uuid')[0]!, row]));
  const found = new Map<string, PortRow>();
  for (const columns of ports) {
    const id = uuids(columns, '_uuid')[0]!;
    const name = string(columns, 'name');
    if (!wanted.has(id) || name === local) continue;
    const members = uuids(columns, 'interfaces').flatMap((one): Row[] => {
      const device = interfaceOf.get(one);
      return device === undefined ? [] : [device];
    });
    found.set(name, { uuid: id, columns, interfaces: members });
  }
  return found;
}

/**
 * Why the port's device does not work; undefined when it does. A device that vswitchd could not open has an `error`
 * and the OpenFlow port number -1; one that vanished from under a running vswitchd keeps its number, and only its
 * interface index tells: 0. (An internal port has 0 as well, when it was moved to another namespace, and works.)
 */
function deviceError(row: PortRow): string | undefined {
  for (const device of row.interfaces) {
    const [error] = strings(device, 'error');
    if (error !== undefined) return error;
    const name = string(device, 'name');
    const [number] = integers(device, 'ofport');
    if (number === undefined || number < 0) return `device "${name}" was not opened`;
    if (string(device, 'type') === '' && integers(device, 'ifindex')[0] === 0)
      return `device "${name}" is gone`;
  }
  return row.interfaces.length === 0 ? 'it has no device' : undefined;
}

function sumCounters(interfaces: readonly Row[]): PortCounters {
  const sum = { inBytes: 0, inFrames: 0, outBytes: 0, outFrames: 0 };
  for (const device of interfaces) {
    const statistics = integerMap(device, 'statistics');
    sum.inBytes += statistics.get('rx_bytes') ?? 0;
    sum.inFrames += statistics.get('rx_packets') ?? 0;
    sum.outBytes += statistics.get('tx_bytes') ?? 0;
    sum.outFrames += statistics.get('tx_packets') ?? 0;
  }
  return sum;
}
