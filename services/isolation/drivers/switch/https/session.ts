/**
 * A switch that is asked over HTTPS, as a SwitchSession. What differs from make to make is its `HttpsSwitch`; that a
 * change is refused before it is written, and believed only when it was read back, is the same for all.
 */
import type { BullionError } from '@bullion/service/errors';
import type {
  LearnedAddress,
  Neighbour,
  PortCounters,
  SwitchCapabilities,
  SwitchSession,
} from '../driver.ts';
import { portNotOnSwitch, refusal, switchFailed } from '../errors.ts';
import { carries, describePort, type PortConfig, type PortState } from '../port.ts';

/** All that was read at once; a make adds what it must know of it to write. */
export type Snapshot = { readonly states: ReadonlyMap<string, PortState> };

export interface HttpsSwitch<S extends Snapshot = Snapshot> {
  /** The switch's ports by name, without those that carry no VLANs by nature. */
  read(): Promise<S>;
  /** What keeps this make from configuring a port so; undefined when nothing does. */
  refusal?(port: string, config: PortConfig, before: S): BullionError | undefined;
  /** Writes ports that `before` has. Whether it came about is read afterwards. */
  write(changes: ReadonlyMap<string, PortConfig>, before: S): Promise<void>;
  save(): Promise<void>;
  counters?(): Promise<ReadonlyMap<string, PortCounters>>;
  neighbours?(): Promise<Map<string, Neighbour[]>>;
  addresses?(): Promise<LearnedAddress[]>;
  close(): void;
}

export type Identity = {
  readonly type: string;
  readonly capabilities: SwitchCapabilities;
  readonly address: string;
};

export function httpsSession<S extends Snapshot>(me: Identity, device: HttpsSwitch<S>): SwitchSession {
  const { counters, neighbours, addresses } = device;
  return {
    listPorts: async () => [...(await device.read()).states.keys()],
    async read(ports) {
      const { states } = await device.read();
      return new Map(ports.map((port) => [port, stateOf(port, states)]));
    },
    apply: (changes) => apply(me, device, changes),
    save: () => device.save(),
    ...(counters && { counters: async (ports) => pick(await counters(), ports) }),
    ...(neighbours && { neighbours: () => neighbours() }),
    ...(addresses && { addresses: () => addresses() }),
    close: async () => device.close(),
  };
}

async function apply<S extends Snapshot>(
  { type, capabilities, address }: Identity,
  device: HttpsSwitch<S>,
  changes: ReadonlyMap<string, PortConfig>,
): Promise<Map<string, BullionError>> {
  const failures = new Map<string, BullionError>();
  if (changes.size === 0) return failures;
  const before = await device.read();
  const todo = new Map<string, PortConfig>();
  for (const [port, config] of changes) {
    const error =
      refusal(type, capabilities, port, config) ??
      (before.states.has(port) ? device.refusal?.(port, config, before) : portNotOnSwitch(address, port));
    if (error === undefined) todo.set(port, config);
    else failures.set(port, error);
  }
  if (todo.size === 0) return failures;
  await device.write(todo, before);
  const { states } = await device.read();
  for (const [port, config] of todo) {
    const state = stateOf(port, states);
    if (carries(state, config)) continue;
    const told = `port "${port}" should be ${describePort(config)}, and is ${describePort(state)}.`;
    failures.set(port, switchFailed(address, told));
  }
  return failures;
}

const stateOf = (port: string, states: ReadonlyMap<string, PortState>): PortState =>
  states.get(port) ?? { unknown: `it has no port "${port}"`, code: 'port_not_on_switch' };

function pick<T>(all: ReadonlyMap<string, T>, names: readonly string[]): Map<string, T> {
  return new Map(
    names.flatMap((name) => {
      const found = all.get(name);
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
}
