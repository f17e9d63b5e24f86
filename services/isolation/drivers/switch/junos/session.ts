/** One Junos switch. An apply is one commit: Junos checks it as a whole, and what is committed is also what it starts with. */
import { type BullionError, messageOf } from '@bullion/service/errors';
import type {
  LearnedAddress,
  Neighbour,
  PortCounters,
  SwitchCapabilities,
  SwitchSession,
} from '../driver.ts';
import { portNotOnSwitch, refusal, switchFailed } from '../errors.ts';
import type { NetconfClient } from '../netconf/client.ts';
import { carries, describePort, type PortConfig, type PortState } from '../port.ts';
import { FILTER, type JunosConfiguration, readConfiguration, writeConfiguration } from './configuration.ts';
import { addressesOf, countersOf, neighboursOf, READINGS } from './readings.ts';

export const junosCapabilities: SwitchCapabilities = {
  tagged: true,
  nativelessTrunk: true,
  // Private VLANs of Junos are a property of the VLAN.
  isolatedPorts: false,
  saveConfig: false,
  portCounters: true,
  neighbours: true,
  addresses: true,
};

export class JunosSession implements SwitchSession {
  readonly #client: NetconfClient;
  readonly #address: string;

  constructor(client: NetconfClient, address: string) {
    this.#client = client;
    this.#address = address;
  }

  async listPorts(): Promise<string[]> {
    return [...(await this.#configuration()).ports.keys()];
  }

  async read(ports: readonly string[]): Promise<Map<string, PortState>> {
    const configuration = await this.#configuration();
    return new Map(ports.map((port) => [port, stateIn(configuration, port)]));
  }

  async apply(changes: ReadonlyMap<string, PortConfig>): Promise<Map<string, BullionError>> {
    const failures = new Map<string, BullionError>();
    const todo = new Map<string, PortConfig>();
    if (changes.size === 0) return failures;
    const { ports } = await this.#configuration();
    for (const [port, config] of changes) {
      const error = refusal('junos', junosCapabilities, port, config);
      if (error !== undefined) failures.set(port, error);
      else if (!ports.has(port)) failures.set(port, portNotOnSwitch(this.#address, port));
      else todo.set(port, config);
    }
    if (todo.size === 0) return failures;
    await this.#client.change(async () => writeConfiguration(todo, await this.#configuration()));
    const after = await this.#configuration();
    for (const [port, config] of todo) {
      const state = stateIn(after, port);
      if (carries(state, config)) continue;
      const told = `port "${port}" should be ${describePort(config)}, and is ${describePort(state)}.`;
      failures.set(port, switchFailed(this.#address, told));
    }
    return failures;
  }

  async counters(ports: readonly string[]): Promise<Map<string, PortCounters>> {
    const all = countersOf(await this.#client.ask(READINGS.counters));
    const { ports: known } = await this.#configuration();
    const none = { inBytes: 0, inFrames: 0, outBytes: 0, outFrames: 0 };
    // A port without its optics is configured, and has no device that counts.
    return new Map(ports.filter((port) => known.has(port)).map((port) => [port, all.get(port) ?? none]));
  }

  async neighbours(): Promise<Map<string, Neighbour[]>> {
    return neighboursOf(await this.#client.ask(READINGS.neighbours));
  }

  async addresses(): Promise<LearnedAddress[]> {
    const { vlans } = await this.#configuration();
    return addressesOf(await this.#client.ask(READINGS.addresses), vlans);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #configuration(): Promise<JunosConfiguration> {
    const data = await this.#client.getConfig(FILTER);
    try {
      return readConfiguration(data);
    } catch (error) {
      throw switchFailed(this.#address, `its configuration is not understood: ${messageOf(error)}`, error);
    }
  }
}

function stateIn({ ports }: JunosConfiguration, port: string): PortState {
  return ports.get(port)?.state ?? { unknown: `it has no port "${port}"`, code: 'port_not_on_switch' };
}
