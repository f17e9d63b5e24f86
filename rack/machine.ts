/** A server: a QEMU process while it is on, nothing but its files while it is off. */
import { existsSync, statSync } from 'node:fs';
import { copyFile, mkdir, open, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@bullion/service/errors';
import type { BootDevice, Chassis } from './chassis.ts';
import { cpuSecondsOf } from './life.ts';
import { Daemon } from './processes.ts';
import {
  type Bootable,
  bootablesOf,
  bootOrder,
  type MachineOptions,
  OVMF_VARS,
  qemuArguments,
} from './qemu.ts';
import { Qmp } from './qmp.ts';
import type { MediaDrive } from './redfish/media.ts';
import type { Metered } from './redfish/meter.ts';
import { Tpm } from './tpm.ts';

/** How many consoles of former power-ons are kept, as console.1.log and so on. */
const CONSOLES_KEPT = 3;

/** SeaBIOS answers a reset by two of its own within half a second; none of them is a boot that counts. */
const SETTLE_MS = 5000;

export class Machine implements Chassis, MediaDrive, Metered {
  readonly #options: MachineOptions;
  readonly #tpm: Tpm | undefined;
  #bootDevice: BootDevice = 'none';
  #bootOnce = false;
  /** Runs out when a boot with a device for once has begun for good. */
  #settling: NodeJS.Timeout | undefined;
  #media: string | undefined;
  #process: Daemon | undefined;
  #pid = 0;
  #qmp: Qmp | undefined;
  /** The end of the last request: requests are carried out one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: Omit<MachineOptions, 'tpmSocket'>, sockets: string) {
    const { spec, directory } = options;
    const tpm = new Tpm(spec.name, directory, sockets);
    this.#tpm = spec.tpm ? tpm : undefined;
    this.#options = { ...options, tpmSocket: tpm.socket };
  }

  /** Makes the files that a server is delivered with. */
  async build(): Promise<void> {
    const { directory, spec } = this.#options;
    await mkdir(directory, { recursive: true });
    if (spec.firmware === 'uefi') await copyFile(OVMF_VARS, join(directory, 'firmware-variables.fd'));
    if (spec.disk !== undefined) {
      await using disk = await open(join(directory, 'disk.img'), 'w', 0o600);
      await disk.truncate(spec.disk); // Sparse: it takes no room until it is written to.
    }
    await using _console = await open(join(directory, 'console.log'), 'a', 0o600);
  }

  get power(): 'on' | 'off' {
    return this.#process?.running ? 'on' : 'off';
  }

  get bootDevice(): BootDevice {
    return this.#bootDevice;
  }

  get bootOnce(): boolean {
    return this.#bootOnce;
  }

  get media(): string | undefined {
    return this.#media;
  }

  get cpuSeconds(): number | undefined {
    return this.power === 'on' ? cpuSecondsOf(this.#pid) : undefined;
  }

  powerOn(): Promise<void> {
    return this.#inTurn(() => this.#on());
  }

  powerOff(): Promise<void> {
    return this.#inTurn(() => this.#off());
  }

  reset(): Promise<void> {
    return this.#inTurn(async () => {
      const qmp = this.#running();
      await this.#spend();
      await qmp.execute('system_reset');
    });
  }

  shutdown(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#running().execute('system_powerdown');
    });
  }

  /** A server that is on heeds it at its next reset, its own reboots included. */
  setBootDevice(device: BootDevice, once = false): Promise<void> {
    return this.#inTurn(() => this.#order(device, once));
  }

  insertMedia(file: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#media = file;
      if (this.power === 'off') return;
      const medium = { id: 'cd0', filename: file, format: 'raw', 'read-only-mode': 'read-only' };
      await this.#running().execute('blockdev-change-medium', { ...medium, force: true });
    });
  }

  ejectMedia(): Promise<void> {
    return this.#inTurn(async () => {
      this.#media = undefined;
      // By force: a drive that its system has locked opens too.
      if (this.power === 'on') await this.#running().execute('eject', { id: 'cd0', force: true });
    });
  }

  async #order(device: BootDevice, once: boolean): Promise<void> {
    clearTimeout(this.#settling);
    this.#settling = undefined;
    this.#bootDevice = device;
    this.#bootOnce = once && device !== 'none';
    if (this.power === 'off') return;
    // Two devices may not share a place, not even for a moment.
    const order = Object.entries(bootOrder(device, bootablesOf(this.#options.spec)));
    for (const [id] of order) await this.#place(id as Bootable, -1);
    for (const [id, place] of order) await this.#place(id as Bootable, place);
  }

  /** The server begins to boot, at a power-on or a reset. */
  #booting(): void {
    clearTimeout(this.#settling);
    this.#settling = undefined;
    if (!this.#bootOnce) return;
    this.#settling = setTimeout(() => {
      this.#inTurn(() => this.#spend()).catch((error) =>
        console.log(`${this.#options.spec.name}: its boot order was not restored: ${messageOf(error)}`),
      );
    }, SETTLE_MS);
  }

  /**
   * A boot device for once that a boot has begun with is used up. QEMU hands the firmware its order at a reset only,
   * so the boot that is under way keeps it.
   */
  async #spend(): Promise<void> {
    if (this.#settling !== undefined) await this.#order('none', false);
  }

  #place(id: Bootable, value: number): Promise<unknown> {
    return this.#running().execute('qom-set', {
      path: `/machine/peripheral/${id}`,
      property: 'bootindex',
      value,
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  #running(): Qmp {
    if (this.power === 'off' || !this.#qmp) throw new Error(`${this.#options.spec.name} is off`);
    return this.#qmp;
  }

  async #on(): Promise<void> {
    if (this.power === 'on') return;
    const { spec, directory, qmpSocket } = this.#options;
    await this.#spend();
    await this.#keepConsole();
    await rm(qmpSocket, { force: true });
    await this.#tpm?.start();
    const qemu = new Daemon({
      name: spec.name,
      within: this.#options.fabric,
      program: 'qemu-system-x86_64',
      args: qemuArguments(this.#options, this.#bootDevice, this.#media),
      logFile: join(directory, 'qemu.log'),
      cwd: directory,
    });
    this.#process = qemu;
    this.#pid = qemu.start(() => {
      // Whatever ended it (the guest, a crash, us), a TPM without its server has no power either.
      this.#qmp?.close();
      void this.#tpm?.stop();
    });
    try {
      await qemu.ready(async () => {
        const heed = (event: string) => event === 'RESET' && this.#booting();
        this.#qmp = await Qmp.connect(qmpSocket, heed).catch(() => undefined);
        return this.#qmp !== undefined;
      });
      this.#booting();
    } catch (error) {
      await this.#off();
      throw error;
    }
  }

  /** The plug is pulled. */
  async #off(): Promise<void> {
    await this.#process?.kill();
    await this.#tpm?.stop();
  }

  /** The log is there at every moment, and empty before the server sends its first byte. */
  async #keepConsole(): Promise<void> {
    const log = (age: number) =>
      join(this.#options.directory, age === 0 ? 'console.log' : `console.${age}.log`);
    if (sizeOf(log(0)) === 0) return;
    for (let age = CONSOLES_KEPT - 1; age >= 1; age--) {
      if (existsSync(log(age))) await rename(log(age), log(age + 1));
    }
    await copyFile(log(0), log(1));
    await truncate(log(0));
  }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
