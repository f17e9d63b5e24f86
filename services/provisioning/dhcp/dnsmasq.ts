/**
 * DHCP and TFTP for booting nodes: dnsmasq as a child process that dies with us and is started again when it dies. Its
 * log tells which node asked, and when.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError, end, type Logger, spawnBound } from '@bullion/service';
import type { BootNetwork } from '../context.ts';
import { type DhcpHost, type DhcpPaths, dnsmasqConfig, hostLine, optionLine } from './config.ts';
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
  /** What dnsmasq has been told: a host's tag and line. */
  readonly #known = new Map<string, string>();
  #child: ChildProcess | undefined;
  /** Changes of the hosts, one after another. */
  #turn: Promise<void> = Promise.resolve();
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
    await this.#begin(hosts);
  }

  /**
   * Answers these nodes and nobody else from now on. dnsmasq reads a new host by itself (inotify), but it forgets one
   * only when it starts anew; told to read all again by SIGHUP, version 2.90 crashes where it holds leases. A start
   * takes some 50 ms, and a client that asks in between asks again.
   */
  async setHosts(hosts: readonly DhcpHost[]): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (this.#closing) return;
      const wanted = new Map(hosts.map((host) => [host.tag, hostLine(host)]));
      const forgets = [...this.#known].some(([tag, line]) => wanted.get(tag) !== line);
      if (forgets) {
        const child = this.#child;
        this.#child = undefined;
        if (child) await end(child);
        await this.#begin(hosts);
      } else {
        for (const host of hosts) if (!this.#known.has(host.tag)) await this.#add(host);
      }
    });
    // A failure is this caller's; the next one tries again.
    this.#turn = turn.catch(() => {});
    await turn;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#turn;
    if (this.#child) await end(this.#child);
  }

  /** Starts dnsmasq with these hosts, no other and no lease: an address may have been another node's before. */
  async #begin(hosts: readonly DhcpHost[]): Promise<void> {
    for (const path of [this.#paths.hosts, this.#paths.options]) {
      await rm(path, { recursive: true, force: true });
      await mkdir(path, { mode: 0o700 });
    }
    this.#known.clear();
    for (const host of hosts) await this.#add(host);
    await writeFile(this.#paths.leases, '');
    await this.#spawn();
  }

  /** The options first: a host that is known without its script would boot nothing. */
  async #add(host: DhcpHost): Promise<void> {
    await writeFile(join(this.#paths.options, host.tag), optionLine(host), { mode: 0o600 });
    await writeFile(join(this.#paths.hosts, host.tag), hostLine(host));
    this.#known.set(host.tag, hostLine(host));
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
    child.once('exit', (code, signal) => {
      if (this.#closing || this.#child !== child) return;
      log.error({ code, signal, last }, 'dnsmasq died; starting it again');
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
