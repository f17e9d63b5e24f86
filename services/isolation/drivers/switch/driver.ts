/**
 * The switch driver: a small interface between the reconciler and one make of switch. A driver knows how to say
 * what a port should carry and how to read what it does carry; when to do which is the reconciler's.
 */
import type { BullionError } from '@bullion/service/errors';
import type { z } from 'zod';
import type { PortConfig, PortState } from './port.ts';

export type { PortConfig, PortState, UnknownCode, UnknownState } from './port.ts';

/** What this make of switch can do. A network that needs more is refused before anything is written. */
export type SwitchCapabilities = {
  /** VLANs with tags on a port, beside a native one. */
  readonly tagged: boolean;
  /** Tagged VLANs on a port that has no native one. */
  readonly nativelessTrunk: boolean;
  /** Private VLAN: ports that cannot reach one another. */
  readonly isolatedPorts: boolean;
  /** The running configuration must be saved to outlive a power cut; `save` is there then. */
  readonly saveConfig: boolean;
  /** `counters` is there. */
  readonly portCounters: boolean;
  /** `neighbours` is there: the switch listens to LLDP and tells what it heard. */
  readonly neighbours?: boolean;
  /** `addresses` is there, or is where the settings say how to ask: the switch tells which MAC addresses it learned. */
  readonly addresses?: boolean;
};

/** Since the port came up; from the switch's point of view (`in` is what the server sent). */
export type PortCounters = { inBytes: number; inFrames: number; outBytes: number; outFrames: number };

/**
 * Whom a port heard by LLDP (IEEE 802.1AB, clause 8.5). Addresses among the ids are in the form of LearnedAddress; all
 * else is as the neighbour said it. Null: it said none.
 */
export type Neighbour = {
  readonly chassisId: string;
  readonly portId: string;
  readonly systemName: string | null;
};

/** A MAC address that a port learned, as six pairs of lower-case hexadecimal digits with colons between them. */
export type LearnedAddress = {
  readonly port: string;
  readonly mac: string;
  /** Null where the switch does not say. */
  readonly vlan: number | null;
};

export type ConnectOptions = {
  /** Aborting ends the session and everything that waits in it. */
  signal: AbortSignal;
  /** For the connection and then for each call, in milliseconds. Default 5000. */
  timeoutMs?: number;
};

export interface SwitchDriver {
  /** What a switch registration names: `ovs`. */
  readonly type: string;
  readonly capabilities: SwitchCapabilities;
  /** The connection settings: validated at registration, and by `connect` again. Strict: unknown keys are refused. */
  readonly settingsSchema: z.ZodType;
  /** The fields of the settings to be encrypted at rest and never returned. */
  readonly secretSettings: readonly string[];
  /** The names that a port of such a switch can have. */
  readonly portNameSchema: z.ZodType<string>;
  /** Throws `switch_unreachable`, `switch_settings_invalid`, or what else the switch answered. */
  connect(settings: unknown, options: ConnectOptions): Promise<SwitchSession>;
}

/**
 * A connection to one switch. Calls may overlap; the session orders them itself where the switch needs it.
 * A call that throws says nothing about any port: read again before you believe anything. After
 * `switch_unreachable` the session is spent: close it and connect anew.
 */
export interface SwitchSession {
  /** The names of the ports that a server could be cabled to, in no order; not the switch's own. */
  listPorts(): Promise<string[]>;
  /** Every port asked for is in the answer: one that cannot be read is there as unknown. */
  read(ports: readonly string[]): Promise<Map<string, PortState>>;
  /**
   * Makes ports carry exactly what is given, all in one transaction where the switch has them, and resolves when
   * the switch says that the hardware took it. The answer holds the ports of which that cannot be said, each with
   * its reason (`port_not_on_switch`, `port_device_missing`, `switch_capability_missing`, `port_config_invalid`).
   * The caller verifies with `read` in any case.
   */
  apply(changes: ReadonlyMap<string, PortConfig>): Promise<Map<string, BullionError>>;
  /** Makes the running configuration the one that the switch starts with. There when `capabilities.saveConfig`. */
  save?(): Promise<void>;
  /** There when `capabilities.portCounters`. Ports that are not on the switch are left out. */
  counters?(ports: readonly string[]): Promise<Map<string, PortCounters>>;
  /**
   * Of each port that heard someone, whom. There when `capabilities.neighbours`. Throws `switch_failed` where the
   * switch does not listen, rather than to tell that there is nobody.
   */
  neighbours?(): Promise<Map<string, Neighbour[]>>;
  /** What the ports learned and have not forgotten: an address that is silent for minutes is not among them. */
  addresses?(): Promise<LearnedAddress[]>;
  /** Ends the connection. May be called twice; never throws. */
  close(): Promise<void>;
}
