/** A switch with Cisco's command language as a SwitchSession; what differs from make to make is its `CliSwitch`. */
import type { BullionError } from '@bullion/service/errors';
import { z } from 'zod';
import type { PortCounters, SwitchCapabilities, SwitchSession } from '../driver.ts';
import { portNotOnSwitch, refusal, switchFailed } from '../errors.ts';
import { carries, describePort, MAX_VLAN, type PortConfig, type PortState } from '../port.ts';
import { HTTPS_SECRETS, httpsSettings } from './https.ts';
import { fromSwitchport, type Switchport, switchportLines, unusedVlanRefusal } from './switchport.ts';
import { formatVlans } from './vlan-ranges.ts';

export const cliSettingsSchema = z.strictObject({
  ...httpsSettings,
  unusedVlan: z
    .number()
    .int()
    .min(2)
    .max(MAX_VLAN)
    .describe('a VLAN that no network has and that no other port of the switch carries'),
});
export const CLI_SECRETS = HTTPS_SECRETS;
export type CliSettings = z.infer<typeof cliSettingsSchema>;

export const cliCapabilities: SwitchCapabilities = {
  tagged: true,
  nativelessTrunk: true,
  // Private VLANs of these makes are pairs of VLANs, not a property of a port.
  isolatedPorts: false,
  saveConfig: true,
  portCounters: true,
};

export interface CliSwitch {
  /** The switch's ports by name, without those that carry no VLANs by nature. */
  switchports(): Promise<Map<string, Switchport>>;
  /** Runs configuration commands, all or up to the first that fails. */
  configure(lines: readonly string[]): Promise<void>;
  save(): Promise<void>;
  counters(): Promise<Map<string, PortCounters>>;
  close(): void;
}

export class CliSession implements SwitchSession {
  readonly #type: string;
  readonly #switch: CliSwitch;
  readonly #settings: CliSettings;

  constructor(type: string, cli: CliSwitch, settings: CliSettings) {
    this.#type = type;
    this.#switch = cli;
    this.#settings = settings;
  }

  async listPorts(): Promise<string[]> {
    return [...(await this.#switch.switchports()).keys()];
  }

  async read(ports: readonly string[]): Promise<Map<string, PortState>> {
    const found = await this.#switch.switchports();
    return new Map(ports.map((port) => [port, this.#state(port, found)]));
  }

  async apply(changes: ReadonlyMap<string, PortConfig>): Promise<Map<string, BullionError>> {
    const { address, unusedVlan } = this.#settings;
    const failures = new Map<string, BullionError>();
    if (changes.size === 0) return failures;
    const before = await this.#switch.switchports();
    const todo = new Map<string, PortConfig>();
    for (const [port, config] of changes) {
      const error =
        refusal(this.#type, cliCapabilities, port, config) ?? unusedVlanRefusal(port, config, unusedVlan);
      const found = before.get(port);
      if (error !== undefined) failures.set(port, error);
      else if (found === undefined) failures.set(port, portNotOnSwitch(address, port));
      else if (found.mode === 'foreign') {
        failures.set(port, switchFailed(address, `port "${port}" is not ours to change: ${found.why}.`));
      } else todo.set(port, config);
    }
    if (todo.size === 0) return failures;
    await this.#switch.configure(configurationLines(todo, unusedVlan));
    const after = await this.#switch.switchports();
    for (const [port, config] of todo) {
      const state = this.#state(port, after);
      if (carries(state, config)) continue;
      const told = `port "${port}" should be ${describePort(config)}, and is ${describePort(state)}.`;
      failures.set(port, switchFailed(address, told));
    }
    return failures;
  }

  save(): Promise<void> {
    return this.#switch.save();
  }

  async counters(ports: readonly string[]): Promise<Map<string, PortCounters>> {
    const counters = await this.#switch.counters();
    return new Map(
      ports.flatMap((port) => {
        const found = counters.get(port);
        return found === undefined ? [] : [[port, found] as const];
      }),
    );
  }

  async close(): Promise<void> {
    this.#switch.close();
  }

  #state(port: string, found: ReadonlyMap<string, Switchport>): PortState {
    const switchport = found.get(port);
    return switchport === undefined
      ? { unknown: `it has no port "${port}"`, code: 'port_not_on_switch' }
      : fromSwitchport(switchport);
  }
}

/** VLANs first: a port of a VLAN that the switch does not have carries nothing, and says nothing of it. */
function configurationLines(changes: ReadonlyMap<string, PortConfig>, unusedVlan: number): string[] {
  const vlans = [...changes.values()].flatMap(({ native, tagged }) =>
    native === null ? [...tagged] : [native, ...tagged],
  );
  return [
    ...(vlans.length === 0 ? [] : [`vlan ${formatVlans(vlans)}`, 'exit']),
    ...[...changes].flatMap(([port, config]) => [
      `interface ${port}`,
      ...switchportLines(config, unusedVlan),
      'exit',
    ]),
  ];
}
