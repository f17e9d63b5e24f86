/**
 * A whole data centre for one story: a rack, the services on its operator's machine, and the command line to use them.
 * Everything lives in one folder and ends with `close`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { main } from '@bullion/cli';
import { down, loadSpec, type RackStatus, status, up } from '@bullion/rack';
import { connect, type Services } from '@bullion/sdk';
import { BullionError, end, messageOf } from '@bullion/service';

const ROOT = join(import.meta.dirname, '..');

export type RigOptions = {
  /** The rack to bring up, a YAML file. */
  spec: string;
  /** More words for `bullion serve`. */
  serve?: string[];
  onStep?: (what: string) => void;
};

export class Rig {
  readonly home: string;
  readonly rack: RackStatus;
  readonly url: string;
  readonly #options: RigOptions;
  #serve: ChildProcess | undefined;

  private constructor(options: RigOptions, home: string, rack: RackStatus, port: number) {
    this.#options = options;
    this.home = home;
    this.rack = rack;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async up(options: RigOptions): Promise<Rig> {
    const home = await mkdtemp(join(tmpdir(), 'bullion-story-'));
    // Built images outlive the story: they are kept in the checkout.
    const cache = join(process.env.BULLION_HOME ?? join(ROOT, '.bullion'), 'cache');
    await mkdir(cache, { recursive: true });
    await symlink(cache, join(home, 'cache'));
    // Racks and services find their state by it, in this process and in those it starts.
    process.env.BULLION_HOME = home;
    const rack = await up(await loadSpec(options.spec), { onStep: ({ title }) => options.onStep?.(title) });
    const rig = new Rig(options, home, rack, await freePort());
    try {
      await rig.serve();
      return rig;
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  /** Starts `bullion serve` and waits until it says that it is ready. */
  async serve(words = this.#options.serve ?? []): Promise<void> {
    const listen = this.url.replace('http://', '');
    const args = ['serve', '--rack', this.rack.name, '--listen', listen, ...words];
    const child = spawn(join(ROOT, 'bullion'), args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, BULLION_HOME: this.home },
    });
    this.#serve = child;
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout!, child.stderr!]) {
        createInterface({ input: stream }).on('line', (line) => {
          said.push(line);
          if (/\bready\b/i.test(line)) resolve();
        });
      }
      child.once('error', reject);
      child.once('exit', (code) =>
        reject(new Error(`bullion serve ended with code ${code}:\n${said.slice(-20).join('\n')}`)),
      );
    });
  }

  /** Ends the service as a power cut would. */
  async killServe(): Promise<void> {
    const child = this.#serve!;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Runs `bullion ARGS --json` as the bearer of `token` (the operator by default) and returns what it printed. */
  async bullion<Value = unknown>(args: string[], token?: string): Promise<Value> {
    let stdout = '';
    let stderr = '';
    const code = await main([...args, '--json'], {
      stdout: sink((text) => {
        stdout += text;
      }),
      stderr: sink((text) => {
        stderr += text;
      }),
      env: {
        ...process.env,
        BULLION_HOME: this.home,
        BULLION_URL: this.url,
        ...(token ? { BULLION_TOKEN: token } : {}),
      },
      isTTY: false,
    });
    if (code === 0) return (stdout.trim() === '' ? undefined : JSON.parse(stdout)) as Value;
    throw commandFailed(args, code, stdout || stderr);
  }

  /** Typed clients for what no command shows. */
  services(token: string): Services {
    return connect({ url: this.url, token });
  }

  async close(): Promise<void> {
    if (this.#serve) await end(this.#serve, 20_000);
    await down(this.rack.name);
    await rm(this.home, { recursive: true, force: true });
  }

  /** The rack as it is now. */
  async rackNow(): Promise<RackStatus> {
    return (await status(this.rack.name))!;
  }
}

/** What a command writes to. */
function sink(take: (text: string) => void) {
  return {
    write(text: string) {
      take(text);
      return true;
    },
  };
}

function commandFailed(args: string[], code: number, output: string): BullionError {
  try {
    const { error } = JSON.parse(output) as { error: { code: string; message: string; hint?: string } };
    return new BullionError('internal', error.code, error.message, {
      hint: error.hint,
      details: { command: args.join(' '), exit: code },
    });
  } catch (cause) {
    return new BullionError(
      'internal',
      'output_unreadable',
      `bullion ${args.join(' ')} ended with ${code}: ${output} (${messageOf(cause)})`,
    );
  }
}

/** A port that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
