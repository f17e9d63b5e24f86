/**
 * One VLAN-filtering bridge of a Linux switch. The kernel has the change when `bridge` has ended, and whoever offloads
 * to an ASIC (switchdev) refuses within that call; so what a read after it says is what the hardware does, as far as
 * Linux can say.
 */
import { BullionError, messageOf } from '@bullion/service/errors';
import type { z } from 'zod';
import type {
  LearnedAddress,
  Neighbour,
  PortCounters,
  SwitchCapabilities,
  SwitchSession,
} from '../driver.ts';
import { portNotOnSwitch, refusal, switchBridgeNotFound, switchFailed } from '../errors.ts';
import { carries, describePort, type PortConfig, type PortState } from '../port.ts';
import type { Answer, RemoteShell } from '../ssh/shell.ts';
import { addressesOf, fdbSchema, lldpSchema, neighboursOf } from './learned.ts';
import {
  beyondVlans,
  bridgeLinkSchema,
  countersOf,
  isCable,
  type PortLink,
  portLinksSchema,
} from './links.ts';
import { saveScript } from './save-script.ts';
import { interfaceNameSchema, type LinuxBridgeSettings } from './settings.ts';
import { type BridgePort, changeLines, fromPort, vlanShowSchema, vlanTables } from './vlans.ts';

export const linuxBridgeCapabilities: SwitchCapabilities = {
  tagged: true,
  nativelessTrunk: true,
  isolatedPorts: true,
  saveConfig: true,
  portCounters: true,
  neighbours: true,
  addresses: true,
};

const NO_SUCH_DEVICE = /does not exist|Cannot find device/;

type Snapshot = {
  readonly ports: ReadonlyMap<string, BridgePort>;
  /** Why no VLAN table says anything; undefined when the bridge filters. */
  readonly unfiltered: string | undefined;
};

export class LinuxBridgeSession implements SwitchSession {
  readonly #shell: RemoteShell;
  readonly #settings: LinuxBridgeSettings;
  /** The last change: the next one reads what is there only after it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(shell: RemoteShell, settings: LinuxBridgeSettings) {
    this.#shell = shell;
    this.#settings = settings;
  }

  /** To be called once, before anything else. Throws `switch_bridge_not_found`. */
  async start(): Promise<void> {
    await this.#snapshot();
  }

  async listPorts(): Promise<string[]> {
    return [...(await this.#snapshot()).ports.keys()];
  }

  async read(ports: readonly string[]): Promise<Map<string, PortState>> {
    const snapshot = await this.#snapshot();
    return new Map(ports.map((port) => [port, this.#state(port, snapshot)]));
  }

  apply(changes: ReadonlyMap<string, PortConfig>): Promise<Map<string, BullionError>> {
    const done = this.#turn.then(() => this.#apply(changes));
    this.#turn = done.catch(() => {});
    return done;
  }

  async save(): Promise<void> {
    const { bridge, saveTo } = this.#settings;
    const { ports, unfiltered } = await this.#snapshot();
    if (unfiltered !== undefined) throw this.#failed(`cannot save: ${unfiltered}.`);
    const path = saveTo;
    await this.#run(
      [
        `umask 022 && mkdir -p ${path.slice(0, path.lastIndexOf('/'))} && cat >${path}.new <<'END-OF-SCRIPT' &&`,
        saveScript(bridge, ports),
        'END-OF-SCRIPT',
        // Synchronised before and after it takes the old one's place: a power cut leaves one of the two, whole.
        `chmod 755 ${path}.new && sync && mv ${path}.new ${path} && sync`,
      ].join('\n'),
    );
  }

  async counters(ports: readonly string[]): Promise<Map<string, PortCounters>> {
    const links = new Map((await this.#links('-s')).map((link) => [link.ifname, link]));
    return new Map(
      ports.flatMap((port) => {
        const link = links.get(port);
        return link === undefined ? [] : [[port, countersOf(link)] as const];
      }),
    );
  }

  async neighbours(): Promise<Map<string, Neighbour[]>> {
    const command = 'lldpctl -f json0';
    const answer = await this.#shell.run(command);
    if (answer.code === 127) throw lldpdMissing(this.#settings.address);
    const heard = this.#parse(command, answer, lldpSchema);
    return neighboursOf(heard, new Set(await this.listPorts()));
  }

  async addresses(): Promise<LearnedAddress[]> {
    const { bridge } = this.#settings;
    const fdb = await this.#json(`bridge -j fdb show br ${bridge}`, fdbSchema);
    return addressesOf(fdb, bridge, new Set(await this.listPorts()));
  }

  async close(): Promise<void> {
    await this.#shell.close();
  }

  async #apply(changes: ReadonlyMap<string, PortConfig>): Promise<Map<string, BullionError>> {
    const { address, bridge } = this.#settings;
    const failures = new Map<string, BullionError>();
    if (changes.size === 0) return failures;
    const before = await this.#snapshot();
    if (before.unfiltered !== undefined) throw this.#failed(`cannot change ports: ${before.unfiltered}.`);
    const todo: { port: string; now: BridgePort; wanted: PortConfig }[] = [];
    for (const [port, wanted] of changes) {
      const now = before.ports.get(port);
      const error = refusal('linux-bridge', linuxBridgeCapabilities, port, wanted);
      if (error !== undefined) failures.set(port, error);
      else if (now === undefined) failures.set(port, portNotOnSwitch(address, port));
      else todo.push({ port, now, wanted });
    }
    if (todo.length === 0) return failures;
    const said = await this.#batch(changeLines(todo));
    const after = await this.#snapshot();
    for (const { port, wanted } of todo) {
      const state = this.#state(port, after);
      if (carries(state, wanted)) continue;
      failures.set(
        port,
        after.ports.has(port)
          ? this.#failed(
              `port "${port}" of ${bridge} should be ${describePort(wanted)}, and is ${describePort(state)}.${said}`,
            )
          : portNotOnSwitch(address, port),
      );
    }
    return failures;
  }

  /** Returns what was said of lines that failed. `-force`: a port that fails must not hold up the others. */
  async #batch(lines: readonly string[]): Promise<string> {
    if (lines.length === 0) return '';
    const script = `bridge -force -batch - <<'END-OF-BATCH'\n${lines.join('\n')}\nEND-OF-BATCH`;
    const { code, output } = await this.#shell.run(script);
    return code === 0 ? '' : ` It said: ${output.trim().slice(0, 300)}`;
  }

  #state(port: string, { ports, unfiltered }: Snapshot): PortState {
    const found = ports.get(port);
    if (found === undefined) {
      return {
        unknown: `bridge "${this.#settings.bridge}" has no port "${port}"`,
        code: 'port_not_on_switch',
      };
    }
    if (unfiltered !== undefined) return { unknown: unfiltered, code: 'port_carries_all_vlans' };
    return fromPort(found);
  }

  async #snapshot(): Promise<Snapshot> {
    const { bridge } = this.#settings;
    const [itself, links, shown] = await Promise.all([
      this.#shell.run(`ip -j -d link show dev ${bridge}`),
      this.#links('-d'),
      this.#json('bridge -j vlan show', vlanShowSchema),
    ]);
    if (NO_SUCH_DEVICE.test(itself.output)) throw switchBridgeNotFound(this.#settings.address, bridge);
    const [device] = this.#parse(`ip link show ${bridge}`, itself, bridgeLinkSchema);
    const { vlan_filtering, vlan_protocol } = device!.linkinfo.info_data;
    const tables = vlanTables(shown);
    const ports = new Map<string, BridgePort>();
    for (const link of links) {
      // A name that we could not write in a command is not ours to configure.
      if (!isCable(link) || !interfaceNameSchema.safeParse(link.ifname).success) continue;
      ports.set(link.ifname, {
        vlans: tables.get(link.ifname) ?? new Map(),
        isolated: link.linkinfo?.info_slave_data?.isolated ?? false,
        beyond: beyondVlans(link),
      });
    }
    const unfiltered =
      vlan_filtering !== 1
        ? `bridge "${bridge}" does not filter VLANs (vlan_filtering 0)`
        : vlan_protocol !== '802.1Q'
          ? `bridge "${bridge}" filters ${vlan_protocol}, not 802.1Q`
          : undefined;
    return { ports, unfiltered };
  }

  async #links(detail: '-d' | '-s'): Promise<PortLink[]> {
    const { bridge, address } = this.#settings;
    const command = `ip -j ${detail} link show master ${bridge}`;
    const answer = await this.#shell.run(command);
    if (NO_SUCH_DEVICE.test(answer.output)) throw switchBridgeNotFound(address, bridge);
    return this.#parse(command, answer, portLinksSchema);
  }

  async #json<T>(command: string, schema: z.ZodType<T>): Promise<T> {
    return this.#parse(command, await this.#shell.run(command), schema);
  }

  #parse<T>(command: string, answer: Answer, schema: z.ZodType<T>): T {
    try {
      if (answer.code !== 0) throw new Error(answer.output.trim().slice(0, 300));
      // Nothing at all is how some versions print an empty list.
      return schema.parse(JSON.parse(answer.output.trim() || '[]'));
    } catch (error) {
      throw this.#failed(`\`${command}\` answered what we do not understand: ${messageOf(error)}`, error);
    }
  }

  async #run(script: string): Promise<void> {
    const { code, output } = await this.#shell.run(script);
    if (code !== 0) throw this.#failed(`exit code ${code}: ${output.trim().slice(0, 300)}`);
  }

  #failed(what: string, cause?: unknown): BullionError {
    return switchFailed(this.#settings.address, what, cause);
  }
}

const lldpdMissing = (address: string) =>
  new BullionError(
    'bad_gateway',
    'switch_failed',
    `Switch at ${address} has no lldpctl: nothing on it hears LLDP.`,
    {
      hint: 'Install and start lldpd on the switch, or find the ports by their MAC addresses.',
      details: { address },
    },
  );
