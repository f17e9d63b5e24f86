/**
 * The BMC driver: power, boot device and serial console of one server, by one protocol. A server without a BMC fits the
 * same interface by declaring less.
 */
import type { Readable } from 'node:stream';
import type { BullionError } from '@bullion/service/errors';
import type { z } from 'zod';

export type PowerState = 'on' | 'off';

/** `cycle` is off, a pause, on; `reset` keeps the power on; `soft` asks the operating system to shut down. */
export type PowerAction = 'on' | 'off' | 'cycle' | 'reset' | 'soft';

export type BootDevice = {
  /** `none` takes an earlier choice back: the firmware's own order counts again. */
  readonly device: 'network' | 'disk' | 'none';
  /** For every later boot, or for the next one only. */
  readonly persistent: boolean;
  readonly firmware: 'bios' | 'uefi';
};

export type BmcCapabilities = {
  readonly powerActions: readonly PowerAction[];
  readonly bootDevices: readonly BootDevice['device'][];
  readonly persistentBoot: boolean;
  /** For the next boot alone. Left out: yes. */
  readonly bootOnce?: boolean;
  readonly console: boolean;
  /**
   * Left out: yes. No, where nothing but the server itself tells its power: `off` then means that it does not answer,
   * which a server that hangs does not either. Whoever must know that a server is off has to find out otherwise.
   */
  readonly powerVerified?: boolean;
  /** Can be typed on. Left out: yes, where there is a console; `write` throws `bmc_refused` where it cannot. */
  readonly consoleInput?: boolean;
  /** Left out: no. A driver that says yes has the method of the same name; so may a BMC that lacks the hardware. */
  readonly sensors?: boolean;
  readonly powerDraw?: boolean;
};

/** One thing that a server measures. */
export type Sensor = {
  /** As the BMC calls it: "CPU", "Fan 1". Not unique on every BMC. */
  readonly name: string;
  /** Null where nothing is measured now, as most are while the server is off. */
  readonly reading: number | null;
  readonly unit: 'celsius' | 'rpm' | 'percent' | 'volt' | 'watt';
  /** `unknown` where the BMC does not judge the reading. */
  readonly status: 'ok' | 'warning' | 'critical' | 'off' | 'unknown';
};

export type CallOptions = { signal?: AbortSignal };

export type ConsoleOptions = {
  /** Aborting closes the console. */
  signal: AbortSignal;
  /**
   * Told when bytes begin to flow, and when the BMC is lost (with the reason) and the driver tries to get it back.
   * What the server prints meanwhile is lost.
   */
  onConnection?: (connected: boolean, why?: BullionError) => void;
};

/** A server's serial line. It outlives the server's power and a BMC that goes away for a while. */
export interface Console {
  /** What the server prints. It ends when the console is closed. Read it: what is not read holds the line up. */
  readonly output: Readable;
  /** Keys for the server. While the BMC is lost they are dropped, as a cable that was pulled drops them. */
  write(bytes: Uint8Array): void;
  /** Ends the session at the BMC too, so that the next reader is let in. May be called twice. */
  close(): Promise<void>;
  /** Resolves after `close`; rejects when the BMC refuses for good (wrong password, no privilege, or another
   * session took the console: `bmc_console_taken`). */
  readonly closed: Promise<void>;
}

/**
 * Every call opens what it needs and leaves nothing open, and calls for one BMC run one after another (BMCs hold few
 * sessions). All throw `bmc_unreachable`, `bmc_wrong_password`, `bmc_refused`, `bmc_wrong_state`, `bmc_failed`,
 * `bmc_settings_invalid`, `bmc_capability_missing` (what is not declared), or `bmc_untrusted` (another certificate or host
 * key than the known one); no message holds a secret.
 */
export interface BmcDriver {
  /** What a node's registration names: `ipmi`, `redfish`, `amt`, `wol`. */
  readonly type: string;
  readonly capabilities: BmcCapabilities;
  /** The connection settings, secrets included; strict. Every call checks them again. */
  readonly settingsSchema: z.ZodType;
  /** The fields of the settings to be encrypted at rest and never returned. */
  readonly secretSettings: readonly string[];
  powerState(settings: unknown, options?: CallOptions): Promise<PowerState>;
  /**
   * Resolves when the BMC accepted the command, which is before the power changed: poll `powerState` to be sure.
   * `on` and `off` may be repeated; `cycle`, `reset` and `soft` of a server that is off are `bmc_wrong_state`.
   */
  setPower(settings: unknown, action: PowerAction, options?: CallOptions): Promise<void>;
  setBootDevice(settings: unknown, boot: BootDevice, options?: CallOptions): Promise<void>;
  /** Resolves when bytes can flow. An earlier reader of the same console is thrown out: one BMC, one session. */
  openConsole(settings: unknown, options: ConsoleOptions): Promise<Console>;
  /** Empty where this BMC measures nothing. */
  sensors?(settings: unknown, options?: CallOptions): Promise<Sensor[]>;
  /** What the server draws from its supplies now, in watts. `bmc_refused` where this BMC cannot say. */
  powerDraw?(settings: unknown, options?: CallOptions): Promise<number>;
}
