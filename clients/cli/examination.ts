/** What is looked at to say whether Bullion can do its work on this machine. */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { freemem, platform, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { obstacles, rememberedVerdict } from '@bullion/rack';
import { type Cli, REPOSITORY } from './cli.ts';
import { type DebianPackage, installCommand, missingFor, type Part } from './debian-packages.ts';
import { type BootInterface, otherDhcp } from './dhcp-examination.ts';
import { bytes } from './output.ts';
import { parseListen } from './serve/listen.ts';

export type Check = {
  what: string;
  /** `worth_knowing`: it works, but not as well as it might. */
  state: 'fine' | 'worth_knowing' | 'lacking';
  found: string;
  /** What to do about it. */
  remedy?: string;
};

const GIB = 2 ** 30;
/** A built image, its clones and the packages that it is made of; two small servers and what runs them. */
const DISK_NEEDED = 4 * GIB;
const MEMORY_NEEDED = 3 * GIB;

const PARTS: readonly (readonly [Part, string])[] = [
  ['isolation', 'isolation service'],
  ['provisioning', 'provisioning service'],
  ['rack', 'virtual rack'],
  ['image', 'image builder'],
  ['demo', 'demo'],
];

/** What most do without; looked at only when it is named. */
export const EXTRAS: Readonly<Record<string, string>> = {
  ceph: 'volumes on Ceph',
} satisfies Partial<Record<Part, string>>;

export async function examine(
  cli: Cli,
  extras: readonly string[],
  leg: BootInterface,
): Promise<{ checks: Check[]; missing: DebianPackage[] }> {
  const parts = [...PARTS, ...extras.map((part) => [part as Part, EXTRAS[part]!] as const)];
  const missing = missingFor(parts.map(([part]) => part));
  const checks = [
    node(),
    system(),
    ...parts.map(([part, name]) => packages(part, name)),
    ...(await rights(missing)),
    kvm(cli),
    memory(),
    await disk(cli),
    await port(cli),
    await otherDhcp(cli, leg),
  ];
  return { checks, missing };
}

function node(): Check {
  const what = 'Node';
  const own = process.execPath.startsWith(join(REPOSITORY, 'node_modules'));
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 24)
    return {
      what,
      state: 'lacking',
      found: `${process.version}, and 24 is needed`,
      remedy: 'Run ./bullion, which uses the project’s own.',
    };
  return {
    what,
    state: 'fine',
    found: `${process.version}${own ? ', the project’s own' : `, ${process.execPath}`}`,
  };
}

function system(): Check {
  const what = 'system';
  if (platform() !== 'linux')
    return {
      what,
      state: 'lacking',
      found: platform(),
      remedy: 'Bullion runs on Linux, best on Debian 12 or Ubuntu 24.04.',
    };
  const release = readText('/etc/os-release');
  const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? 'a Linux of an unknown name';
  if (/^(ID|ID_LIKE)=.*(debian|ubuntu)/m.test(release)) return { what, state: 'fine', found: name };
  return {
    what,
    state: 'worth_knowing',
    found: `${name}, not a Debian`,
    remedy: 'The names of packages are Debian’s; find yours for them.',
  };
}

function packages(part: Part, name: string): Check {
  const missing = missingFor([part]);
  if (missing.length === 0) return { what: name, state: 'fine', found: 'has its Debian packages' };
  return {
    what: name,
    state: 'lacking',
    found: missing.map((each) => `${each.package} (${each.why})`).join(', '),
    remedy: installCommand(missing),
  };
}

/** Namespaces and cables; they cannot be tried without the program that makes them. */
async function rights(missing: readonly DebianPackage[]): Promise<Check[]> {
  if (missing.some((each) => each.provides === 'unshare')) return [];
  const found = await obstacles();
  if (found.length > 0)
    return found.map((one) => ({ what: 'rights', state: 'lacking', found: one.what, remedy: one.hint }));
  return [{ what: 'rights', state: 'fine', found: 'namespaces and tap devices may be made' }];
}

/** The rack finds out by booting a kernel, and remembers until this machine boots. */
function kvm(cli: Cli): Check {
  const what = 'KVM';
  const slow = 'servers run by software emulation, some ten times slower';
  const verdict = rememberedVerdict(cli.home);
  if (verdict === undefined)
    return {
      what,
      state: 'worth_knowing',
      found: `not tried yet; \`bullion rack up\` finds out. Without it ${slow}`,
    };
  return verdict.works
    ? { what, state: 'fine', found: verdict.evidence }
    : { what, state: 'worth_knowing', found: `${verdict.evidence}; ${slow}` };
}

function memory(): Check {
  const what = 'memory';
  // The kernel gives back what it caches, which freemem() does not count.
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(readText('/proc/meminfo'))?.[1];
  const free = available === undefined ? freemem() : Number(available) * 1024;
  const found = `${bytes(free)} of ${bytes(totalmem())} free`;
  if (free >= MEMORY_NEEDED) return { what, state: 'fine', found };
  return {
    what,
    state: 'worth_knowing',
    found,
    remedy: `The demo's two servers and what runs them take about ${bytes(MEMORY_NEEDED)}.`,
  };
}

async function disk(cli: Cli): Promise<Check> {
  const what = 'disk';
  const folder = await existing(cli.home);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const found = `${bytes(free)} free for ${cli.home}`;
  if (free >= DISK_NEEDED) return { what, state: 'fine', found };
  return {
    what,
    state: 'lacking',
    found,
    remedy: `An image and its clones take about ${bytes(DISK_NEEDED)}: make room, or name another folder in BULLION_HOME.`,
  };
}

/** The folder, or the nearest one above it that is there. */
async function existing(path: string): Promise<string> {
  return await statfs(path).then(
    () => path,
    () => existing(dirname(path)),
  );
}

async function port(cli: Cli): Promise<Check> {
  const what = 'port';
  const url = URL.parse(cli.url);
  const own = /^(127\.0\.0\.1|localhost)$/.test(url?.hostname ?? '');
  if (!url || !own) return { what, state: 'fine', found: `the services are elsewhere, at ${cli.url}` };
  const number = url.port || '80';
  const answers = await fetch(`${cli.url}/isolation/healthz`, { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.ok,
    () => false,
  );
  if (answers) return { what, state: 'fine', found: `bullion serve answers at ${cli.url}` };
  if (await isFree(`127.0.0.1:${number}`))
    return { what, state: 'fine', found: `${number} is free for bullion serve` };
  return {
    what,
    state: 'lacking',
    found: `${number} is taken by another program`,
    remedy: `See which: ss -ltnp 'sport = :${number}'. Or take another: bullion serve --listen 127.0.0.1:${Number(number) + 1}`,
  };
}

async function isFree(at: string): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(parseListen(at), () => resolve(true));
  });
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
