/**
 * DHCP and TFTP for booting nodes: dnsmasq as a child process that dies with us and is started again when it dies. Its
 * log tells which node asked, and when.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError, end, type Logger, messageOf, spawnBound } from '@bullion/service';
import { explained } from '../storage-errors.ts';
import { FIRMWARE_FOLDER } from './architectures.ts';
import { type DhcpNetwork, type DhcpPaths, dnsmasqConfig } from './config.ts';
import { type DhcpHost, hostLine, optionLine } from './hosts.ts';
import { leasesOf } from './leases.ts';
import { type DhcpEvent, LogReader, withoutTokens } from './log.ts';

export type DhcpOptions = {
  network: DhcpNetwork;
  folder: string;
  log: Logger;
  onEvent: (event: DhcpEvent) => void;
};

/** How long dnsmasq may take to say that it has started, in milliseconds. */
const START_MS = 5000;
/** The wait before dnsmasq is started again after it died, which doubles, in milliseconds. */
const RETRY_MS = 200;
const RETRY_MAX_MS = 10_000;

export class Dhcp {
  readonly #options: DhcpOptions;
  readonly #paths: DhcpPaths;
  readonly #closing = new AbortController();
  /** The one that serves; undefined while none does. */
  #child: ChildProcess | undefined;
  /** What dnsmasq has been told, by the hosts' tags. */
  readonly #told = new Map<string, DhcpHost>();
  /** A refresh that has its turn, but has not asked yet. */
  #next: Promise<void> | undefined;
  /** Changes of files and of the child take turns here. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: DhcpOptions) {
    this.#options = options;
    const { folder } = options;
    this.#paths = {
      hosts: join(folder, 'hosts'),
      options: join(folder, 'options'),
      leases: join(folder, 'leases'),
      tftpRoot: FIRMWARE_FOLDER,
    };
  }

  /** Serves these nodes and nobody else. Throws `dhcp_failed`. */
  async start(hosts: readonly DhcpHost[]): Promise<void> {
    await this.#inTurn(async () => {
      await mkdir(this.#options.folder, { recursive: true });
      await this.#tellAnew(hosts);
      await this.#spawn();
    });
  }

  /**
   * Asks who is to be served, and serves these nodes and nobody else from now on. Calls that come before it has asked
   * join it: what they want to be known is known by then. Of several calls at once the last one asks last, so that it
   * decides.
   *
   * dnsmasq reads a new host by itself (inotify) where the addresses are ours, but it forgets one only when it starts anew; told to read all again by
   * SIGHUP, version 2.90 crashes where it holds leases. A start takes some 50 ms, and a client that asks in between asks
   * again.
   */
  async refresh(ask: () => Promise<readonly DhcpHost[]>): Promise<void> {
    this.#next ??= this.#refresh(ask);
    await this.#next;
  }

  async #refresh(ask: () => Promise<readonly DhcpHost[]>): Promise<void> {
    await this.#inTurn(async () => {
      this.#next = undefined;
      const hosts = await ask();
      const added = hosts.filter((host) => !this.#told.has(host.tag));
      if (this.#areStillTold(hosts) && (added.length === 0 || this.#options.network.dhcp !== 'proxy')) {
        for (const host of added) await this.#tell(host);
        return;
      }
      const child = this.#child;
      this.#child = undefined;
      if (child) await end(child);
      await this.#tellAnew(hosts);
      if (child) await this.#spawn().catch((error: unknown) => this.#startAgain(error));
    });
  }

  /** Whether all that dnsmasq was told still holds. */
  #areStillTold(hosts: readonly DhcpHost[]): boolean {
    const { network } = this.#options;
    const lines = new Map(hosts.map((host) => [host.tag, hostLine(network, host)]));
    return [...this.#told].every(([tag, host]) => lines.get(tag) === hostLine(network, host));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#turn;
    const child = this.#child;
    this.#child = undefined;
    if (child) await end(child);
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (!this.#closing.signal.aborted) await explained('Serving DHCP', work);
    });
    this.#turn = turn.catch(() => {}); // A failure is this caller's; the next one tries again.
    await turn;
  }

  /** These hosts and no other, and of the leases only theirs: an address may have been another node's before. */
  async #tellAnew(hosts: readonly DhcpHost[]): Promise<void> {
    for (const path of [this.#paths.hosts, this.#paths.options]) {
      await rm(path, { recursive: true, force: true });
      await mkdir(path, { mode: 0o700 });
    }
    this.#told.clear();
    const { folder, network } = this.#options;
    // Scripts' addresses are secrets of their nodes.
    await writeFile(join(folder, 'dnsmasq.conf'), dnsmasqConfig(network, this.#paths, hosts), {
      mode: 0o600,
    });
    for (const host of hosts) await this.#tell(host);
    const leases = await readFile(this.#paths.leases, 'utf8').catch(() => '');
    await writeFile(this.#paths.leases, leasesOf(hosts, leases));
  }

  /** The options first: a host that is known without its script would boot nothing. */
  async #tell(host: DhcpHost): Promise<void> {
    await writeFile(join(this.#paths.options, host.tag), optionLine(host), { mode: 0o600 });
    await writeFile(join(this.#paths.hosts, host.tag), hostLine(this.#options.network, host), {
      mode: 0o600,
    });
    this.#told.set(host.tag, host);
  }

  async #spawn(): Promise<void> {
    const { folder, log, network } = this.#options;
    const args = [
      `--conf-file=${join(folder, 'dnsmasq.conf')}`,
      '--keep-in-foreground',
      '--user=',
      // By changing its group it would outlive us: the kernel then forgets whom it was to die with (prctl(2)).
      '--group=',
      '--pid-file=',
    ];
    const last: string[] = [];
    const child = spawnBound('dnsmasq', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      await this.#started(child, last);
    } catch (cause) {
      await end(child);
      throw new BullionError(
        'unavailable',
        'dhcp_failed',
        `DHCP cannot be served on ${network.interface}: ${messageOf(cause)}`,
        {
          hint: 'Is the interface up with its address, is port 67 free, and may this user open it? `bullion doctor` says more.',
          cause,
        },
      );
    }
    this.#child = child;
    const died = (code: number | null, signal: string | null) => {
      if (this.#child !== child) return; // It was ended on purpose.
      this.#child = undefined;
      log.error({ code, signal, last }, 'dnsmasq died; starting it again');
      this.#startAgain(undefined);
    };
    if (child.exitCode !== null || child.signalCode !== null) died(child.exitCode, child.signalCode);
    else child.once('exit', died);
  }

  /** Follows what dnsmasq says, and resolves when it says that it serves. Keeps the last lines in `last`. */
  async #started(child: ChildProcess, last: string[]): Promise<void> {
    const serves = Promise.withResolvers<void>();
    const reader = new LogReader();
    createInterface({ input: child.stderr! }).on('line', (line) => {
      last.push(withoutTokens(line));
      if (last.length > 5) last.shift();
      if (line.includes('started, version')) serves.resolve();
      const event = reader.read(line);
      if (event) this.#options.onEvent(event);
    });
    const said = () => (last.length === 0 ? '' : `: ${last.join(' | ')}`);
    const listening = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, listening.signal]);
    const failed = async () => {
      const [code] = (await once(child, 'exit', { signal })) as [number | null]; // Rejects with the child's own error.
      throw new Error(`dnsmasq ended with code ${code}${said()}`);
    };
    const late = async () => {
      await sleep(START_MS, undefined, { signal });
      throw new Error(`dnsmasq did not start within ${START_MS / 1000} s${said()}`);
    };
    try {
      await Promise.race([serves.promise, failed(), late()]);
    } finally {
      listening.abort();
    }
  }

  /** Tries until it serves again or is closed. */
  #startAgain(error: unknown): void {
    if (error !== undefined) this.#complain(error);
    void (async () => {
      for (let wait = RETRY_MS; ; wait = Math.min(wait * 2, RETRY_MAX_MS)) {
        await sleep(wait, undefined, { signal: this.#closing.signal });
        try {
          return await this.#inTurn(async () => {
            if (!this.#child) await this.#spawn();
          });
        } catch (error) {
          this.#closing.signal.throwIfAborted();
          this.#complain(error);
        }
      }
    })().catch(() => {}); // Closed.
  }

  #complain(error: unknown): void {
    this.#options.log.error({ error: messageOf(error) }, 'dnsmasq does not start; will try again');
  }
}
