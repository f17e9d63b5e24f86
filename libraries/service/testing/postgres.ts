/** A PostgreSQL server of a test's own: on a socket in a folder of its own, run by an ordinary user, gone with the test. */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { run, spawnBound } from '../process.ts';

const START_MS = 20_000;
/** It refuses to run as root. */
const USER = 'postgres';

export type Postgres = {
  /** Makes an empty database, and returns its URL. */
  database(name: string): Promise<string>;
  /** The URL of a database. */
  url(name: string): string;
  /** As a power loss or an operator would: `SIGKILL`. */
  kill(): Promise<void>;
  start(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Why there is none on this machine; undefined where there is. */
export function postgresMissing(): string | undefined {
  return programs() === undefined ? 'the Debian package postgresql is not installed' : undefined;
}

const programs = () =>
  globSync('/usr/lib/postgresql/*/bin')
    .sort()
    .findLast((folder) => existsSync(join(folder, 'initdb')));

/** `durable: false` leaves out what only a power loss shows: for tests of something else. */
export async function startPostgres({ durable = false } = {}): Promise<Postgres> {
  const bin = programs()!;
  const folder = mkdtempSync(join(tmpdir(), 'bullion-postgres-'));
  const root = process.getuid?.() === 0;
  const as = root ? ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'] : [];
  if (root) chownSync(folder, idOf('-u'), idOf('-g'));
  const data = join(folder, 'data');
  const line = (program: string, ...args: string[]) => [...as, join(bin, program), ...args];
  const [initdb, ...rest] = line(
    'initdb',
    '-D',
    data,
    '-U',
    USER,
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '-N',
  );
  const made = await run(initdb!, rest, { timeoutMs: START_MS, cwd: folder });
  if (made.code !== 0) throw new Error(made.stderr);
  let server: ChildProcess | undefined;
  const url = (name: string) => `postgres:///${name}?user=${USER}&host=${encodeURIComponent(folder)}`;
  const admin = (statement: string) => ask(url('postgres'), statement);
  const end = async (signal: NodeJS.Signals) => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill(signal);
    await gone;
  };
  const postgres: Postgres = {
    url,
    async database(name) {
      await admin(`create database "${name}"`);
      return url(name);
    },
    kill: () => end('SIGKILL'),
    async start() {
      const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'max_connections=60'];
      if (!durable) settings.push('fsync=off', 'synchronous_commit=off');
      const [program, ...args] = line('postgres', '-D', data, ...settings.flatMap((one) => ['-c', one]));
      server = spawnBound(program!, args, { stdio: 'ignore', cwd: folder });
      const deadline = performance.now() + START_MS;
      for (;;) {
        const failed = await admin('select 1').then(() => undefined, String);
        if (failed === undefined) return;
        if (performance.now() > deadline || server.exitCode !== null)
          throw new Error(`PostgreSQL: ${failed}`);
        await sleep(50);
      }
    },
    async [Symbol.asyncDispose]() {
      await end('SIGINT'); // Fast: it does not wait for its clients.
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await postgres.start();
  return postgres;
}

async function ask(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Makes an empty database on the server that `url` names a database of; returns its URL. */
export async function newDatabase(url: string): Promise<string> {
  const name = `test_${randomUUID()}`;
  await ask(url, `create database "${name}"`);
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

const idOf = (which: '-u' | '-g') =>
  Number(execFileSync('id', [which, USER], { encoding: 'utf8', timeout: 5000 }));
