import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertCanBuild, missingPackages, requirements } from './requirements.ts';

test('what is missing is told with its package and the command to install it', () => {
  const absent = { package: 'hen-teeth', provides: '/nonexistent/tooth', why: 'there is none' };
  const all = [...requirements, absent, { ...absent, package: 'unicorn', provides: 'unicorn-horn' }];
  const names = missingPackages(all).map((each) => each.package);
  assert.deepEqual(names.slice(-2), ['hen-teeth', 'unicorn']);
  assert.throws(() => assertCanBuild(all), {
    code: 'image_builder_incomplete',
    hint: /apt-get install .*hen-teeth unicorn$/,
  });
});

test('an ordinary user is told that building needs root', {
  skip: process.geteuid?.() !== 0 && 'runs as root',
}, () => {
  process.seteuid!(65534);
  try {
    assert.throws(() => assertCanBuild([]), { code: 'image_builder_needs_root', hint: /sudo/ });
  } finally {
    process.seteuid!(0);
  }
});

/** Of a minimal Debian: always there, or there with apt. */
const ALWAYS_THERE = ['coreutils', 'dash', 'tar', 'dpkg', 'apt', 'util-linux', 'mount', 'findutils'];

test('every tool that the builder runs is in a package that it asks for, or that every Debian has', {
  skip: missingPackages().length > 0 && 'packages of the builder are missing here',
}, () => {
  const sources = globSync('{*,families/deb,families/apt}.ts', { cwd: import.meta.dirname }).filter(
    (name) => !/\.(test|slow)\.ts$/.test(name),
  );
  const tools = new Set(
    sources.flatMap((name) =>
      [...readFileSync(join(import.meta.dirname, name), 'utf8').matchAll(/\btool\(\s*'([^']+)'/g)].map(
        (found) => found[1]!,
      ),
    ),
  );
  assert(tools.size > 10, `only ${tools.size} tools were found in the sources`);
  const asked = new Set([...requirements.map((each) => each.package), ...ALWAYS_THERE]);
  for (const name of tools)
    assert(
      asked.has(packageOf(name)),
      `${name} is in ${packageOf(name)}, which the builder does not ask for`,
    );
});

function packageOf(program: string): string {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const path = execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { env, encoding: 'utf8' }).trim();
  // The file may be known by its path before /bin and /sbin became links into /usr.
  for (const name of [path, path.replace(/^\/usr/, ''), realpathSync(path)]) {
    try {
      return execFileSync('dpkg', ['-S', name], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).split(/[:,]/)[0]!;
    } catch {
      // Not by this path.
    }
  }
  return `no package (${path})`;
}
