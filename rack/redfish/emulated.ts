/** A server that is not there, for tests of what speaks to its BMC: power is a word, and nothing boots. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BootDevice } from '../chassis.ts';
import { type RedfishOptions, type RedfishServer, startRedfish } from '../redfish.ts';
import { fingerprintOf, makeCertificate } from './certificate.ts';

export class EmulatedServer implements RedfishServer {
  power: 'on' | 'off' = 'off';
  bootDevice: BootDevice = 'none';
  bootOnce = false;
  media: string | undefined;
  /** Processor time that it has used since it is on. */
  usedSeconds = 0;
  /** Whatever was asked of it, oldest first. */
  readonly told: string[] = [];

  get cpuSeconds(): number | undefined {
    return this.power === 'on' ? this.usedSeconds : undefined;
  }

  async powerOn(): Promise<void> {
    this.told.push('on');
    if (this.power === 'on') return;
    this.power = 'on';
    this.#boot();
  }

  async powerOff(): Promise<void> {
    this.told.push('off');
    this.power = 'off';
  }

  async reset(): Promise<void> {
    this.told.push('reset');
    this.#boot();
  }

  async shutdown(): Promise<void> {
    this.told.push('shutdown');
    this.power = 'off';
  }

  async setBootDevice(device: BootDevice, once = false): Promise<void> {
    this.bootDevice = device;
    this.bootOnce = once && device !== 'none';
  }

  async insertMedia(file: string): Promise<void> {
    this.media = file;
  }

  async ejectMedia(): Promise<void> {
    this.media = undefined;
  }

  #boot(): void {
    if (!this.bootOnce) return;
    this.bootDevice = 'none';
    this.bootOnce = false;
  }
}

export type EmulatedBmc = AsyncDisposable & {
  server: EmulatedServer;
  address: string;
  port: number;
  username: string;
  password: string;
  fingerprint: string;
  /** PEM, for a client that shall trust it as an authority. */
  certificate: string;
};

/** A BMC on loopback with an administrator of the given password, and a user `viewer` who may look only. */
export async function startEmulatedBmc(options: Partial<RedfishOptions> = {}): Promise<EmulatedBmc> {
  const [address, username, password] = ['127.0.0.1', 'admin', 'correct-horse'];
  const certificate = makeCertificate('test', [address]);
  const directory = await mkdtemp(join(tmpdir(), 'rack-redfish-'));
  const server = new EmulatedServer();
  const listening = await startRedfish({
    facts: {
      name: 'node1',
      uuid: '11111111-2222-8333-8444-555555555555',
      serial: 'BN00000001',
      firmware: 'uefi',
      memoryMb: 768,
      cpus: 2,
      macs: ['52:54:00:00:00:01', '52:54:00:00:00:02'],
    },
    ...{ server, address, port: 0, certificate, directory },
    accounts: [
      { user: username, password, role: 'Administrator' },
      { user: 'viewer', password, role: 'ReadOnly' },
    ],
    ...options,
  });
  return {
    ...{ server, address, port: listening.port, username, password },
    ...{ fingerprint: fingerprintOf(certificate), certificate: certificate.certificate },
    async [Symbol.asyncDispose]() {
      await listening[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
