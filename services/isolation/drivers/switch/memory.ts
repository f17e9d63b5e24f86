/** A switch in memory, for unit tests only: it can be unplugged, slowed down, made to lie and to drift. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BullionError } from '@bullion/service/errors';
import { z } from 'zod';
import type {
  ConnectOptions,
  LearnedAddress,
  Neighbour,
  PortCounters,
  SwitchDriver,
  SwitchSession,
} from './driver.ts';
import {
  portDeviceMissing,
  portNotOnSwitch,
  refusal,
  switchFailed,
  switchSettingsInvalid,
  switchUnreachable,
} from './errors.ts';
import { CLOSED, isClosed, type PortConfig, type PortState } from './port.ts';

const ALL_VLANS: PortState = { unknown: 'it carries every VLAN', code: 'port_carries_all_vlans' };
const NO_DEVICE: PortState = { unknown: 'its device is missing', code: 'port_device_missing' };

const settingsSchema = z.strictObject({ name: z.string().min(1) });

const capabilities = {
  tagged: true,
  nativelessTrunk: true,
  isolatedPorts: true,
  saveConfig: true,
  portCounters: true,
  neighbours: true,
  addresses: true,
} as const;

export class MemorySwitch {
  readonly name: string;
  readonly #ports = new Map<string, PortState>();
  readonly #saved = new Map<string, PortState>();

  /** Neither connections nor calls get through, and those that wait fail. */
  down = false;
  /** How long each call takes. */
  latencyMs = 0;
  /** The next N applies throw `switch_failed`, with nothing changed. */
  failApplies = 0;
  /** The next N applies change the first half of their ports and then throw. */
  failAppliesHalfway = 0;
  /** The next N applies say that they did it, and did nothing. */
  lieApplies = 0;
  /** Ports that apply refuses, one by one. */
  readonly refusedPorts = new Map<string, BullionError>();

  /** Every successful write, oldest first, for tests of order and of batches. */
  readonly applied: ReadonlyMap<string, PortConfig>[] = [];
  connections = 0;
  saves = 0;

  /** Whom the ports hear, and what they learned: what a test puts here is what sessions tell. */
  readonly neighbours = new Map<string, Neighbour[]>();
  readonly addresses: LearnedAddress[] = [];

  /** Ports begin as a switch's do out of the box: carrying every VLAN. */
  constructor(name: string, ports: readonly string[] = []) {
    this.name = name;
    for (const port of ports) this.#ports.set(port, ALL_VLANS);
  }

  addPort(port: string): void {
    this.#ports.set(port, ALL_VLANS);
  }

  /** The port is gone from the switch. */
  losePort(port: string): void {
    this.#ports.delete(port);
  }

  /** The port is configured still, but its device is gone. */
  loseDevice(port: string): void {
    this.#ports.set(port, NO_DEVICE);
  }

  /** Somebody else changed the port. */
  drift(port: string, state: PortState = ALL_VLANS): void {
    this.#ports.set(port, state);
  }

  /** A power cut: what was not saved is lost, and a port that never was saved carries everything. */
  powerCut(): void {
    for (const port of this.#ports.keys()) this.#ports.set(port, this.#saved.get(port) ?? ALL_VLANS);
  }

  portNames(): string[] {
    return [...this.#ports.keys()];
  }

  state(port: string): PortState {
    return (
      this.#ports.get(port) ?? {
        unknown: `${this.name} has no port "${port}"`,
        code: 'port_not_on_switch',
      }
    );
  }

  write(changes: ReadonlyMap<string, PortConfig>): Map<string, BullionError> {
    const failures = new Map<string, BullionError>();
    if (this.failApplies > 0) {
      this.failApplies--;
      throw switchFailed(this.name, 'a fault was injected');
    }
    if (this.lieApplies > 0) {
      this.lieApplies--;
      return failures;
    }
    const halfway = this.failAppliesHalfway > 0 ? Math.floor(changes.size / 2) : undefined;
    let done = 0;
    const taken = new Map<string, PortConfig>();
    for (const [port, config] of changes) {
      if (done++ === halfway) break;
      const error = this.#writeOne(port, config);
      if (error === undefined) taken.set(port, config);
      else failures.set(port, error);
    }
    if (halfway !== undefined) {
      this.failAppliesHalfway--;
      throw switchFailed(this.name, 'a fault was injected halfway');
    }
    this.applied.push(taken);
    return failures;
  }

  #writeOne(port: string, config: PortConfig): BullionError | undefined {
    const error = refusal('memory', capabilities, port, config) ?? this.refusedPorts.get(port);
    if (error !== undefined) return error;
    const now = this.#ports.get(port);
    if (now === undefined) return portNotOnSwitch(this.name, port);
    if (now === NO_DEVICE) return portDeviceMissing(this.name, port, 'its device is missing.');
    const tagged = [...config.tagged].sort((a, b) => a - b);
    this.#ports.set(port, isClosed(config) ? CLOSED : { ...config, tagged });
    return undefined;
  }

  save(): void {
    this.saves++;
    this.#saved.clear();
    for (const [port, state] of this.#ports) this.#saved.set(port, state);
  }
}

/** A driver for the given switches; its settings are `{ name }`. */
export function memorySwitchDriver(...switches: MemorySwitch[]): SwitchDriver {
  return {
    type: 'memory',
    capabilities,
    settingsSchema,
    secretSettings: [],
    portNameSchema: z.string().min(1),
    async connect(settings: unknown, options: ConnectOptions): Promise<SwitchSession> {
      const parsed = settingsSchema.safeParse(settings);
      if (!parsed.success) throw switchSettingsInvalid('memory', z.prettifyError(parsed.error));
      const found = switches.find((one) => one.name === parsed.data.name);
      if (found === undefined)
        throw switchUnreachable(parsed.data.name, new Error('there is no such switch'));
      const session = new MemorySession(found, options);
      await session.reach();
      found.connections++;
      return session;
    },
  };
}

class MemorySession implements SwitchSession {
  readonly #switch: MemorySwitch;
  readonly #signal: AbortSignal;
  readonly #timeoutMs: number;
  #open = true;

  constructor(memory: MemorySwitch, options: ConnectOptions) {
    this.#switch = memory;
    this.#signal = options.signal;
    this.#timeoutMs = options.timeoutMs ?? 5000;
  }

  /** Throws `switch_unreachable` when the call cannot reach the switch in time. */
  async reach(): Promise<void> {
    const late = this.#switch.latencyMs > this.#timeoutMs;
    await sleep(Math.min(this.#switch.latencyMs, this.#timeoutMs), undefined, { signal: this.#signal }).catch(
      () => {},
    );
    const why = this.#signal.aborted
      ? 'the session was aborted'
      : !this.#open
        ? 'the session is closed'
        : this.#switch.down
          ? 'the switch is down (injected)'
          : late
            ? `no answer in ${this.#timeoutMs} ms`
            : undefined;
    if (why !== undefined) throw switchUnreachable(this.#switch.name, new Error(why));
  }

  async listPorts(): Promise<string[]> {
    await this.reach();
    return this.#switch.portNames();
  }

  async read(ports: readonly string[]): Promise<Map<string, PortState>> {
    await this.reach();
    return new Map(ports.map((port) => [port, this.#switch.state(port)]));
  }

  async apply(changes: ReadonlyMap<string, PortConfig>): Promise<Map<string, BullionError>> {
    await this.reach();
    return this.#switch.write(changes);
  }

  async save(): Promise<void> {
    await this.reach();
    this.#switch.save();
  }

  async counters(ports: readonly string[]): Promise<Map<string, PortCounters>> {
    await this.reach();
    const names = new Set(this.#switch.portNames());
    const none = { inBytes: 0, inFrames: 0, outBytes: 0, outFrames: 0 };
    return new Map(ports.filter((port) => names.has(port)).map((port) => [port, { ...none }]));
  }

  async neighbours(): Promise<Map<string, Neighbour[]>> {
    await this.reach();
    return new Map(this.#switch.neighbours);
  }

  async addresses(): Promise<LearnedAddress[]> {
    await this.reach();
    return [...this.#switch.addresses];
  }

  async close(): Promise<void> {
    this.#open = false;
  }
}
