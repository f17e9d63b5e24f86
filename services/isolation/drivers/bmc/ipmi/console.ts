/**
 * A serial console by `ipmitool sol activate`, without a terminal. What was found about ipmitool 1.8.19:
 * - With pipes for stdin and stdout it only complains about the missing terminal ("tcgetattr") and works.
 * - Its "session operational" line stays in its buffer until the server prints, so `stdbuf -oL` is needed to know when
 *   bytes can flow.
 * - The end of its stdin makes it deactivate the session and exit, so a service that dies leaves no session behind;
 *   a signal kills it and leaves the session open at the BMC, which then refuses the next one.
 * - Its keep-alive must be the default one, which asks for the device id every 15 s. `usesolkeepalive` sends empty SOL
 *   packets instead, and ipmi_sim ends such a session after 30 s: only commands count as activity there.
 * - A BMC that is gone is noticed after about 40 s, or 2 s after a key is typed. A session that another host took over
 *   is not noticed where the BMC does not say so (ipmi_sim does not): the line is silent.
 * - Whoever exits by itself deactivates the line, even when it is another's by then: so a reader of our own that is
 *   replaced is killed first, and nothing is taken from strangers except when a console is opened.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError, messageOf } from '@bullion/service/errors';
import type { Console, ConsoleOptions } from '../driver.ts';
import { bmcConsoleTaken, bmcFailed, bmcUnreachable } from '../errors.ts';
import type { Turns } from '../turns.ts';
import { TildeEscaper } from './escape.ts';
import { failure } from './failures.ts';
import { type IpmiCall, ipmitoolArguments, ipmitoolEnvironment, ipmitoolNow } from './ipmitool.ts';
import { bmcName, type IpmiSettings } from './settings.ts';

const OPERATIONAL = /\[SOL Session operational\.[^\n]*\n/;
const TAKEN = /already active on another session/;
const WHAT = 'open the console';

const ACTIVATE_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 4_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/** A BMC forgets a session that is silent for 60 s (section 6.12.15). What holds the line longer is another reader. */
const STALE_MS = 90_000;
/** What there is no use in trying again; a wrong password tried again and again locks the account of many a BMC. */
const FINAL = new Set(['bmc_wrong_password', 'bmc_refused', 'program_missing']);

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

export class IpmiConsole implements Console {
  readonly output = new PassThrough();
  readonly closed: Promise<void>;
  readonly #finished = Promise.withResolvers<void>();
  /** Resolved when no process of this console is left, which may be after `closed` was settled. */
  readonly #over = Promise.withResolvers<void>();
  readonly #settings: IpmiSettings;
  readonly #turns: Turns;
  readonly #options: ConsoleOptions;
  /** Aborted by `close` and by the caller's signal. */
  readonly #closing = new AbortController();
  #child: Child | undefined;
  #escaper = new TildeEscaper();

  private constructor(settings: IpmiSettings, turns: Turns, options: ConsoleOptions) {
    this.#settings = settings;
    this.#turns = turns;
    this.#options = options;
    this.closed = this.#finished.promise;
    // Not everybody listens to it.
    this.closed.catch(() => {});
  }

  /** Takes the line from whoever has it. */
  static async open(settings: IpmiSettings, turns: Turns, options: ConsoleOptions): Promise<IpmiConsole> {
    const console = new IpmiConsole(settings, turns, options);
    const abort = () => console.#closing.abort();
    if (options.signal.aborted) abort();
    options.signal.addEventListener('abort', abort, { once: true });
    console.closed.catch(() => {}).finally(() => options.signal.removeEventListener('abort', abort));
    try {
      void console.#keepUp(await console.#activate(true));
      return console;
    } catch (error) {
      console.#finished.resolve();
      console.#over.resolve();
      throw error;
    }
  }

  write(bytes: Uint8Array): void {
    this.#child?.stdin.write(this.#escaper.escape(bytes));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#over.promise;
  }

  /** A later reader of this process takes the line: this one must be silent before, not after. */
  async yield(): Promise<void> {
    this.#finished.reject(consoleTaken(this.#settings));
    this.#child?.kill('SIGKILL');
    await this.close();
  }

  /** Runs one session after another until the console is closed, or the BMC refuses for good. */
  async #keepUp(first: Session): Promise<void> {
    const closing = this.#closing.signal;
    try {
      let session = first;
      for (;;) {
        if (!closing.aborted) this.#options.onConnection?.(true);
        await session.ended;
        if (closing.aborted) break;
        const why = bmcUnreachable(bmcName(this.#settings), 'the console session was lost.');
        this.#options.onConnection?.(false, why);
        session = await this.#reactivate();
      }
      this.#finished.resolve();
    } catch (error) {
      if (closing.aborted) this.#finished.resolve();
      else this.#finished.reject(error);
    } finally {
      this.output.end();
      this.#over.resolve();
    }
  }

  /** Tries again, later and later. Takes the line from nobody: it may be another reader's, and would be a fight. */
  async #reactivate(): Promise<Session> {
    const giveUp = performance.now() + STALE_MS;
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
      await sleep(retryMs * (0.75 + Math.random() / 2), undefined, { signal: this.#closing.signal });
      try {
        return await this.#activate(false);
      } catch (error) {
        const { code } = error as BullionError;
        if (this.#closing.signal.aborted || FINAL.has(code)) throw error;
        if (code === 'bmc_console_taken' && performance.now() > giveUp) throw error;
      }
    }
  }

  async #activate(evict: boolean): Promise<Session> {
    const { signal } = this.#closing;
    const call: IpmiCall = { settings: this.#settings, what: WHAT, signal };
    return await this.#turns
      .take(bmcName(this.#settings), signal, async () => {
        if (evict) await deactivate(call);
        signal.throwIfAborted();
        return await this.#start();
      })
      .catch((error) => {
        if (error instanceof BullionError) throw error;
        throw signal.aborted
          ? bmcUnreachable(
              bmcName(this.#settings),
              'the console was closed while it was being opened.',
              error,
            )
          : bmcFailed(bmcName(this.#settings), WHAT, messageOf(error));
      });
  }

  /** Resolves when bytes can flow. */
  async #start(): Promise<Session> {
    const line = ['-oL', 'ipmitool', ...ipmitoolArguments(this.#settings, 'sol', 'activate')];
    const child: Child = spawn('stdbuf', line, {
      env: ipmitoolEnvironment(this.#settings),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => {}); // It may end while keys are on their way.
    const gone = once(child, 'close');
    gone.catch(() => {}); // A program that cannot be started is told below.
    let complaints = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaints = (complaints + chunk.toString('latin1')).slice(-4000);
    });
    const stop = () => void end(child);
    this.#closing.signal.addEventListener('abort', stop, { once: true });

    const operational = Promise.withResolvers<Buffer>();
    let head = '';
    const look = (chunk: Buffer) => {
      head += chunk.toString('latin1');
      const banner = OPERATIONAL.exec(head);
      if (banner === null) return;
      child.stdout.off('data', look);
      operational.resolve(Buffer.from(head.slice(banner.index + banner[0].length), 'latin1'));
    };
    child.stdout.on('data', look);
    const timer = setTimeout(() => child.kill('SIGKILL'), ACTIVATE_TIMEOUT_MS);
    try {
      const first = await Promise.race([operational.promise, gone.then(() => undefined)]);
      if (first === undefined) throw this.#refused(`${head}\n${complaints}`);
      if (first.length > 0) this.output.write(first);
    } catch (error) {
      this.#closing.signal.removeEventListener('abort', stop);
      throw error;
    } finally {
      clearTimeout(timer);
    }
    child.stdout.pipe(this.output, { end: false });
    this.#escaper = new TildeEscaper();
    this.#child = child;
    const ended = gone.then(() => {
      this.#closing.signal.removeEventListener('abort', stop);
      this.#child = undefined;
    });
    return { ended };
  }

  #refused(complaints: string): BullionError {
    return TAKEN.test(complaints) ? consoleTaken(this.#settings) : failure(this.#settings, WHAT, complaints);
  }
}

/** `ended` resolves when the session is over, by whomever. */
type Session = { readonly ended: Promise<void> };

/** An earlier session, often our own from before a crash. That there is none is told as a failure, and is none. */
async function deactivate(call: IpmiCall): Promise<void> {
  await ipmitoolNow(call, 'sol', 'deactivate').catch((error) => {
    if (error instanceof BullionError && error.code === 'bmc_failed') return;
    throw error;
  });
}

/** Lets ipmitool close its session; a BMC that does not answer must not keep it. */
async function end(child: Child): Promise<void> {
  child.stdin.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
  await once(child, 'close').catch(() => {});
  clearTimeout(timer);
}

const consoleTaken = (settings: IpmiSettings) => bmcConsoleTaken(bmcName(settings));
