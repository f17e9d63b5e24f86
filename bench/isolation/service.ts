/** The service under test, from outside: its process, and a caller. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ServeOptions } from './serve.ts';

// biome-ignore lint/suspicious/noExplicitAny: the answers of many routes.
export type Json = any;
export type Ask = (method: string, path: string, body?: object) => Promise<Json>;
export type Service = {
  readonly url: string;
  readonly token: string;
  /** Throws where the answer is no success. */
  ask: Ask;
  /** The service's process: resident memory in bytes, processor time in microseconds. */
  used(): Promise<{ rss: number; cpu: number }>;
  [Symbol.asyncDispose](): Promise<void>;
};

const START_MS = 60_000;
const END_MS = 15_000;

/** Started on a folder of its own, which is on a disk and not in memory, and gone with it. */
export async function startService(options: Omit<ServeOptions, 'folder'>): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-bench-'));
  const profile = process.env.BENCH_PROFILE
    ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`]
    : [];
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--max-old-space-size=2000', // As `bullion` starts it.
      ...profile,
      join(import.meta.dirname, 'serve.ts'),
      JSON.stringify({ folder, ...options } satisfies ServeOptions),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => JSON.parse((await within(START_MS, lines.next())).value!) as Json;
  const { url, token } = await line();
  return {
    url,
    token,
    ask: asker(url, token),
    async used() {
      child.stdin.write('\n');
      return await line();
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.stdin.end();
      await within(END_MS, gone).catch(() => child.kill('SIGKILL'));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function asker(url: string, token: string): Ask {
  return async (method, path, body) => {
    const answer = await fetch(`${url}/isolation/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(60_000),
    });
    const got = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(got)}`);
    return got;
  };
}

async function within<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`not within ${milliseconds} ms`)), milliseconds);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs `work` on each item, so many at a time. */
export async function eachOf<Item>(
  items: Iterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  const one = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
