/** A server with a BMC in memory, for unit tests only: it can be unplugged, slowed down and locked. */
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BullionError } from '@bullion/service/errors';
import { z } from 'zod';
import type {
  BmcDriver,
  BootDevice,
  CallOptions,
  Console,
  ConsoleOptions,
  PowerAction,
  PowerState,
  Sensor,
} from './driver.ts';
import {
  bmcConsoleTaken,
  bmcFailed,
  bmcRefused,
  bmcSettingsInvalid,
  bmcUnreachable,
  bmcWrongPassword,
  bmcWrongState,
} from './errors.ts';

const settingsSchema = z.strictObject({
  address: z.string().min(1),
  username: z.string(),
  password: z.string(),
});

export class MemoryBmc {
  readonly address: string;
  username = 'admin';
  password = 'secret';

  power: PowerState = 'off';
  boot: BootDevice = { device: 'none', persistent: false, firmware: 'bios' };
  /** What the server draws, and what it measures beside that. */
  watts = 42;
  sensors: Sensor[] = [{ name: 'CPU', reading: 40, unit: 'celsius', status: 'ok' }];
  /** Every action that was accepted, oldest first. */
  readonly actions: PowerAction[] = [];

  /** Nothing answers; open consoles lose their connection until it is false again. */
  #down = false;
  latencyMs = 0;
  /** The next N calls throw `bmc_failed`. */
  failCalls = 0;
  /** Actions are accepted and nothing happens: a server whose power supply hangs. */
  stuck = false;
  /** The user may look, but not touch. */
  readOnly = false;
  #console: MemoryConsole | undefined;

  constructor(address: string) {
    this.address = address;
  }

  get down(): boolean {
    return this.#down;
  }

  set down(down: boolean) {
    if (down === this.#down) return;
    this.#down = down;
    this.#console?.connection(!down, down ? bmcUnreachable(this.address, 'unplugged (injected)') : undefined);
  }

  /** The server prints on its serial line. */
  print(text: string): void {
    if (!this.#down) this.#console?.output.write(text);
  }

  /** The keys that arrived at the server's serial line. */
  typed = '';

  /** Throws what stands between a caller with these settings and the BMC. */
  async reach(settings: unknown, signal: AbortSignal | undefined, what: string): Promise<void> {
    await sleep(this.latencyMs, undefined, { signal }).catch(() => {});
    if (signal?.aborted) throw bmcUnreachable(this.address, 'the call was aborted');
    if (this.#down) throw bmcUnreachable(this.address, 'unplugged (injected)');
    const { username, password } = settingsSchema.parse(settings);
    if (username !== this.username || password !== this.password)
      throw bmcWrongPassword(this.address, username);
    if (this.failCalls > 0) {
      this.failCalls--;
      throw bmcFailed(this.address, what, 'a fault was injected');
    }
  }

  act(action: PowerAction): void {
    if (this.readOnly)
      throw bmcRefused(this.address, `power the server ${action}`, 'insufficient privilege level');
    if (this.power === 'off' && action !== 'on' && action !== 'off') {
      throw bmcWrongState(this.address, `power-${action} the server`);
    }
    this.actions.push(action);
    if (this.stuck) return;
    this.power = action === 'off' || action === 'soft' ? 'off' : 'on';
  }

  attach(options: ConsoleOptions): Console {
    this.#console?.yield(bmcConsoleTaken(this.address));
    const console = new MemoryConsole(options, (bytes) => {
      if (!this.#down) this.typed += Buffer.from(bytes).toString();
    });
    this.#console = console;
    return console;
  }
}

class MemoryConsole implements Console {
  readonly output = new PassThrough();
  readonly closed: Promise<void>;
  readonly #options: ConsoleOptions;
  readonly #type: (bytes: Uint8Array) => void;
  readonly #finished = Promise.withResolvers<void>();

  constructor(options: ConsoleOptions, type: (bytes: Uint8Array) => void) {
    this.closed = this.#finished.promise;
    this.closed.catch(() => {}); // Not everybody listens to it.
    this.#options = options;
    this.#type = type;
    options.signal.addEventListener('abort', () => void this.close(), { once: true });
    options.onConnection?.(true);
  }

  connection(connected: boolean, why?: BullionError): void {
    this.#options.onConnection?.(connected, why);
  }

  write(bytes: Uint8Array): void {
    if (!this.output.writableEnded) this.#type(bytes);
  }

  async close(): Promise<void> {
    if (this.output.writableEnded) return;
    this.output.end();
    this.#finished.resolve();
  }

  /** A later reader has come. */
  yield(why: BullionError): void {
    this.#finished.reject(why);
    void this.close();
  }
}

/** A driver for the given BMCs; its settings are `{ address, username, password }`. */
export function memoryBmcDriver(...bmcs: MemoryBmc[]): BmcDriver {
  const reach = async (
    settings: unknown,
    options: CallOptions | undefined,
    what: string,
  ): Promise<MemoryBmc> => {
    const parsed = settingsSchema.safeParse(settings);
    if (!parsed.success) throw bmcSettingsInvalid('memory', z.prettifyError(parsed.error));
    const { address } = parsed.data;
    const found = bmcs.find((one) => one.address === address);
    if (found === undefined) throw bmcUnreachable(address, 'there is no such BMC');
    await found.reach(settings, options?.signal, what);
    return found;
  };
  return {
    type: 'memory',
    capabilities: {
      powerActions: ['on', 'off', 'cycle', 'reset', 'soft'],
      bootDevices: ['network', 'disk', 'none'],
      persistentBoot: true,
      console: true,
      sensors: true,
      powerDraw: true,
    },
    settingsSchema,
    secretSettings: ['password'],
    async powerState(settings, options) {
      return (await reach(settings, options, 'tell its power state')).power;
    },
    async setPower(settings, action, options) {
      (await reach(settings, options, `power-${action} the server`)).act(action);
    },
    async setBootDevice(settings, boot, options) {
      const bmc = await reach(settings, options, 'set the boot device');
      if (bmc.readOnly) throw bmcRefused(bmc.address, 'set the boot device', 'insufficient privilege level');
      bmc.boot = { ...boot };
    },
    async sensors(settings, options) {
      return (await reach(settings, options, 'tell its sensors')).sensors;
    },
    async powerDraw(settings, options) {
      return (await reach(settings, options, 'tell its power draw')).watts;
    },
    async openConsole(settings, options) {
      return (await reach(settings, options, 'open the console')).attach(options);
    },
  };
}
