/** The programs of this folder, run as people run them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const run = (program: string, ...args: string[]) =>
  spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, program), ...args],
    { encoding: 'utf8', timeout: 60_000, env: { PATH: process.env.PATH } },
  );

for (const program of ['main.ts', 'evaluate.ts'])
  test(`${program}: help is help, and what is wrong is a line and exit code 2, not a made-up workload`, () => {
    const help = run(program, '--help');
    assert.deepEqual([help.status, help.stderr], [0, '']);
    assert.match(help.stdout, /--traces FOLDER/);
    for (const args of [['--traces', '/nowhere'], ['--traces', import.meta.dirname], ['--nix']]) {
      const { status, stderr } = run(program, ...args, '--out', '/nowhere');
      assert.equal(status, 2, stderr);
      assert.doesNotMatch(stderr, /^ +at /m);
    }
  });
