import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { afterEach, beforeEach, describe } from 'node:test';

const SETUP = join(import.meta.dirname, 'setup');

/** A checkout with scripts/setup and a machine of fakes: an ordinary user with a sudo that installs by making the file. */
describe('scripts/setup', () => {
  let root: string;
  const at = (...path: string[]) => join(root, ...path);
  const program = (name: string, script: string) => {
    writeFileSync(at('bin', name), `#!/bin/sh\n${script}\n`);
    chmodSync(at('bin', name), 0o755);
  };
  const setup = (...args: string[]) => {
    const { status, stderr } = spawnSync('/bin/sh', [at('scripts/setup'), ...args], {
      env: { PATH: `${at('bin')}:/usr/bin:/bin`, ROOT: root },
      encoding: 'utf8',
      timeout: 20_000,
    });
    return { status, stderr };
  };
  const calls = () => (existsSync(at('calls')) ? readFileSync(at('calls'), 'utf8').trim().split('\n') : []);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'bullion setup '));
    for (const folder of ['bin', 'scripts', 'node_modules/.bin', 'installed'])
      mkdirSync(at(folder), { recursive: true });
    cpSync(SETUP, at('scripts/setup'));
    writeFileSync(at('package-lock.json'), '{}');
    // Paths without spaces in the list: its lines are split at them.
    writeFileSync(
      at('scripts/debian-packages.txt'),
      '# a comment\nalpha  bullion-no-such-alpha  rack,test  the first thing\nalpha  bullion-no-such-alpha2  rack  the same again\nbeta  sh  image  is there\n',
    );
    // npm ci replaces the whole folder.
    program(
      'npm',
      'echo "npm $*" >>"$ROOT/calls"; mkdir -p "$ROOT/node_modules/.bin"; echo >"$ROOT/node_modules/.package-lock.json"; cp /bin/sh "$ROOT/node_modules/.bin/node"',
    );
    program('id', 'echo 1000');
    program('apt-get', 'exit 1');
    program(
      'sudo',
      `echo "sudo $*" >>"$ROOT/calls"; case "$*" in *update*) exit 0;; esac; cat >"$ROOT/script"
printf '#!/bin/sh\n' >"$ROOT/bin/bullion-no-such-alpha"; cp "$ROOT/bin/bullion-no-such-alpha" "$ROOT/bin/bullion-no-such-alpha2"; chmod 755 "$ROOT"/bin/bullion-*`,
    );
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test('installs what is missing, says what and why, asks for root only then, and does nothing the second time', () => {
    const first = setup();
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stderr, /installing npm packages \(npm ci\)/);
    assert.match(first.stderr, /these Debian packages are missing:\n {2}alpha: the first thing\n/);
    assert.match(first.stderr, /sudo may ask for your password/);
    assert.deepEqual(
      calls().filter((call) => !call.includes('update')),
      [
        'npm ci --no-audit --no-fund --loglevel=error',
        'sudo env DEBIAN_FRONTEND=noninteractive sh -s -- alpha',
      ],
    );
    assert.match(
      readFileSync(at('script'), 'utf8'),
      /apt-get install --yes --quiet --no-install-recommends "\$@"/,
    );
    const before = calls();
    const begin = Date.now();
    assert.deepEqual(setup(), { status: 0, stderr: '' });
    assert.ok(Date.now() - begin < 1000);
    assert.deepEqual(calls(), before);
  });

  test('npm ci runs again when the lock file has changed, and not when it was only touched', () => {
    setup('npm');
    assert.equal(calls().length, 1);
    const later = Date.now() / 1000 + 10;
    utimesSync(at('package-lock.json'), later, later);
    setup('npm');
    assert.equal(calls().length, 1);
    writeFileSync(at('package-lock.json'), '{"a":1}');
    utimesSync(at('package-lock.json'), later, later);
    setup('npm');
    assert.equal(calls().length, 2);
  });

  test('looks only for what the named parts need', () => {
    assert.equal(setup('image').status, 0);
    assert.deepEqual(calls(), ['npm ci --no-audit --no-fund --loglevel=error']);
  });

  test('without root and sudo it says what root must do', () => {
    rmSync(at('bin/sudo'));
    // The real one must not be found either.
    const { status, stderr } = spawnSync('/bin/sh', [at('scripts/setup'), 'rack'], {
      env: { PATH: onlyFakes(), ROOT: root },
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /needs root, and there is no sudo.*\n {2}hint: As root: apt-get install --no-install-recommends alpha/,
    );
  });

  test('on another system it names what is missing', () => {
    rmSync(at('bin/apt-get'));
    const { status, stderr } = spawnSync('/bin/sh', [at('scripts/setup'), 'rack'], {
      env: { PATH: onlyFakes(), ROOT: root },
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /alpha: the first thing\n.*not a Debian or Ubuntu/);
  });

  /** A PATH with the fakes and the few real tools that the script uses. */
  function onlyFakes(): string {
    for (const name of ['dirname', 'readlink', 'uname', 'cmp', 'cp', 'mkdir'])
      program(name, `exec /usr/bin/${name} "$@"`);
    return at('bin');
  }

  test('an install that fails is told, after the lists were read anew', () => {
    program(
      'sudo',
      'echo "sudo $*" >>"$ROOT/calls"; case "$*" in *update*) exit 0;; esac; cat >/dev/null; exit 100',
    );
    const { status, stderr } = setup('rack');
    assert.equal(status, 1);
    assert.match(
      stderr,
      /apt-get install failed; what it printed is above\.\n {2}hint: By hand: apt-get install/,
    );
    assert.ok(calls().some((call) => call === 'sudo apt-get update --quiet'));
  });

  test('--check installs nothing and exits by what it found', () => {
    const { status, stderr } = setup('--check');
    assert.equal(status, 1);
    assert.match(
      stderr,
      /npm packages of this checkout are not installed\. Install them: scripts\/setup npm\n/,
    );
    assert.match(stderr, /alpha: the first thing/);
    assert.deepEqual(calls(), []);
  });

  test('a word that is no part is refused', () => {
    const { status, stderr } = setup('rakc');
    assert.equal(status, 1);
    assert.match(stderr, /there is no part "rakc"\n {2}hint: There is: npm isolation/);
  });
});
