/**
 * One Open vSwitch bridge as a switch. The database holds what is wanted of vswitchd; whether the datapath has it is
 * told by two numbers: a writer raises `next_cfg`, and vswitchd, when it has taken a configuration in, sets `cur_cfg`
 * to the `next_cfg` that it saw. So nothing here is believed before `cur_cfg` has caught up.
 */
import { type BullionError, messageOf } from '@bullion/service/errors';
import type { LearnedAddress, PortCounters, SwitchCapabilities, SwitchSession } from '../driver.ts';
import {
  portDeviceMissing,
  portNotOnSwitch,
  refusal,
  switchBridgeNotFound,
  switchFailed,
  switchUnreachable,
} from '../errors.ts';
import type { PortConfig, PortState } from '../port.ts';
import { fromColumns, toColumns, VLAN_COLUMNS } from './columns.ts';
import { addressesOf, control } from './control.ts';
import {
  type Operation,
  type Outcome,
  type OvsdbClient,
  OvsdbLost,
  type TableUpdates,
} from './ovsdb/client.ts';
import { integer, integers, uuid } from './ovsdb/values.ts';
import { deviceError, INTERFACE_COLUMNS, joinPorts, type PortRow, sumCounters } from './rows.ts';
import type { OvsSettings } from './settings.ts';

const DATABASE = 'Open_vSwitch';

export const ovsCapabilities: SwitchCapabilities = {
  tagged: true,
  nativelessTrunk: true,
  isolatedPorts: true,
  // The database is the configuration and is on disk before a transaction is answered (`durable`).
  saveConfig: false,
  portCounters: true,
  // It sends LLDP where it is told to, and keeps nothing of what it hears.
  neighbours: false,
  addresses: true,
};

const RAISE_NEXT_CFG: readonly Operation[] = [
  { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]] },
  { op: 'select', table: 'Open_vSwitch', where: [], columns: ['next_cfg'] },
];

export class OvsSession implements SwitchSession {
  readonly #client: OvsdbClient;
  readonly #settings: OvsSettings;
  readonly #timeoutMs: number;
  /** The database does not have them: ovs-vswitchd tells them to its own machine only. */
  readonly addresses?: () => Promise<LearnedAddress[]>;
  #curCfg = -1;
  /** Who waits for vswitchd to have taken in the configuration of number `target`. */
  readonly #waiters = new Set<{ readonly target: number; readonly resolve: () => void }>();

  constructor(client: OvsdbClient, settings: OvsSettings, timeoutMs: number) {
    this.#client = client;
    this.#settings = settings;
    this.#timeoutMs = timeoutMs;
    const { runtime } = settings;
    if (runtime !== undefined) this.addresses = () => this.#learned(runtime);
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

  async #learned(runtime: string): Promise<LearnedAddress[]> {
    const { address, bridge } = this.#settings;
    const ports = await this.#ports();
    const options = { signal: this.#client.ended, timeoutMs: this.#timeoutMs };
    const table = await control(runtime, 'fdb/show', [bridge], options).catch((error) => {
      throw switchFailed(address, `ovs-vswitchd does not tell what it learned: ${messageOf(error)}`, error);
    });
    const portOf = new Map<number, string>();
    for (const [port, { interfaces }] of ports) {
      for (const device of interfaces)
        for (const number of integers(device, 'ofport')) portOf.set(number, port);
    }
    return addressesOf(table, portOf);
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
    if (bridgeRow === undefined) throw switchBridgeNotFound(address, name);
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
