/**
 * DHCP and TFTP for booting nodes: dnsmasq as a child process that dies with us and is started again when it dies. Its
 * log tells which node asked, and when.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError, end, type Logger, spawnBound } from '@bullion/service';
import type { BootNetwork } from '../context.ts';
import { type DhcpHost, type DhcpPaths, dnsmasqConfig, hostsFile, optionsFile } from './config.ts';
import { type DhcpEvent, parseLogLine } from './log.ts';

export type DhcpOptions = {
  network: BootNetwork;
  folder: string;
  log: Logger;
  onEvent: (event: DhcpEvent) => void;
  /** Where Debian's `ipxe` package has its boot files. */
  tftpRoot?: string;
};

/** How long dnsmasq may take to say that it has started, in milliseconds. */
const START_MS = 5000;

export class Dhcp {
  readonly #options: DhcpOptions;
  readonly #paths: DhcpPaths;
  #child: ChildProcess | undefined;
  #closing = false;

  constructor(options: DhcpOptions) {
    this.#options = options;
    const { folder, tftpRoot = '/usr/lib/ipxe' } = options;
    this.#paths = {
      hosts: join(folder, 'hosts'),
      options: join(folder, 'options'),
      leases: join(folder, 'leases'),
      tftpRoot,
    };
  }

  async start(hosts: readonly DhcpHost[]): Promise<void> {
    const { folder, network } = this.#options;
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'dnsmasq.conf'), dnsmasqConfig(network, this.#paths));
    await this.#write(hosts);
    // Leases of a former run would keep addresses that have since been given to others.
    await writeFile(this.#paths.leases, '');
    await this.#spawn();
  }

  /** Answers these nodes and nobody else from now on. */
  async setHosts(hosts: readonly DhcpHost[]): Promise<void> {
    await this.#write(hosts);
    this.#child?.kill('SIGHUP');
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#child) await end(this.#child);
  }

  async #write(hosts: readonly DhcpHost[]): Promise<void> {
    await writeFile(this.#paths.hosts, hostsFile(hosts));
    await writeFile(this.#paths.options, optionsFile(hosts), { mode: 0o600 });
  }

  async #spawn(): Promise<void> {
    const { folder, log, onEvent, network } = this.#options;
    const args = [
      `--conf-file=${join(folder, 'dnsmasq.conf')}`,
      '--keep-in-foreground',
      '--user=',
      '--pid-file=',
    ];
    const child = spawnBound('dnsmasq', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    const last: string[] = [];
    const started = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stderr! }).on('line', (line) => {
        last.push(line);
        if (last.length > 5) last.shift();
        if (line.includes('started, version')) resolve();
        const event = parseLogLine(line);
        if (event) onEvent(event);
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`dnsmasq ended with code ${code}: ${last.join(' | ')}`)));
    });
    started.catch(() => {});
    try {
      await Promise.race([
        started,
        sleep(START_MS, undefined, { ref: false }).then(() => {
          throw new Error(`dnsmasq did not start within ${START_MS / 1000} s: ${last.join(' | ')}`);
        }),
      ]);
    } catch (cause) {
      await end(child);
      throw new BullionError(
        'unavailable',
        'dhcp_failed',
        `DHCP cannot be served on ${network.interface}: ${(cause as Error).message}`,
        {
          hint: 'Is the interface up with its address, is port 67 free, and may this user open it? `bullion doctor` says more.',
          cause,
        },
      );
    }
    child.once('exit', (code) => {
      if (this.#closing) return;
      log.error({ code, last }, 'dnsmasq died; starting it again');
      void this.#restart();
    });
  }

  async #restart(): Promise<void> {
    for (let wait = 200; !this.#closing; wait = Math.min(wait * 2, 10_000)) {
      await sleep(wait);
      const failure = await this.#spawn().then(
        () => undefined,
        (error: BullionError) => error,
      );
      if (!failure) return;
      this.#options.log.error({ error: failure.message }, 'dnsmasq does not start; will try again');
    }
  }
}
