import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { REPOSITORY } from './cli.ts';

describe('the launcher', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bullion launcher '));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs it with no other program than those of /usr/bin and /bin, and no Node. */
  function launch(program: string, args: string[], path = '/usr/bin:/bin') {
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: folder,
      env: { PATH: path },
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { status, stdout, stderr };
  }

  test('runs through a chain of links, from any folder, without any Node in the PATH', () => {
    symlinkSync(join(REPOSITORY, 'bullion'), join(folder, 'one'));
    symlinkSync('one', join(folder, 'two'));
    const { status, stdout, stderr } = launch(join(folder, 'two'), ['--help']);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^Usage: bullion/);
  });

  test('speaks of no experiments, and passes exit codes on', () => {
    const { status, stdout, stderr } = launch(join(REPOSITORY, 'bullion'), [
      'node',
      'list',
      '--url',
      'nix',
      '--json',
    ]);
    assert.deepEqual([status, stderr], [2, '']);
    assert.equal(JSON.parse(stdout).error.code, 'url_invalid');
  });

  test('without npm packages and without npm it says exactly what to do, and doctor still works', () => {
    const checkout = join(folder, 'check out');
    mkdirSync(join(checkout, 'scripts'), { recursive: true });
    for (const file of ['bullion', 'package-lock.json', 'scripts/setup', 'scripts/debian-packages.txt'])
      cpSync(join(REPOSITORY, file), join(checkout, file));
    // Just what a shell script needs.
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    for (const name of ['sh', 'dirname', 'readlink', 'uname', 'cmp', 'id'])
      symlinkSync(`/usr/bin/${name}`, join(bin, name));
    chmodSync(bin, 0o755);
    const started = launch(join(checkout, 'bullion'), ['node', 'list'], bin);
    assert.equal(started.status, 1);
    assert.match(started.stderr, /npm packages of this checkout are not installed yet/);
    assert.match(
      started.stderr,
      /setup: npm is not on this machine.*\n {2}hint: .*sudo apt-get install --no-install-recommends npm/,
    );
    const doctor = launch(join(checkout, 'bullion'), ['doctor'], bin);
    assert.equal(doctor.status, 1);
    assert.match(doctor.stderr, /npm is not on this machine\. Install it: sudo apt-get install/);
  });
});
