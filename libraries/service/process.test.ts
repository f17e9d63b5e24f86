import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, run, spawnBound } from './process.ts';
import { testFolder } from './testing/folder.ts';
import { runScript } from './testing/script.ts';

const lives = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function gone(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 15_000 && lives(pid); waited += 20) await sleep(20);
  return !lives(pid);
}

describe('child processes', () => {
  it('a program is run to its end, with its input, whatever its exit code', async () => {
    const finished = await run('sh', ['-c', 'cat; echo trouble >&2; exit 3'], {
      timeoutMs: 5000,
      input: 'in',
    });
    assert.deepEqual(finished, { code: 3, stdout: 'in', stderr: 'trouble\n' });
    assert.equal((await run('true', [], { timeoutMs: 5000, input: 'x'.repeat(1e6) })).code, 0);
  });

  it('a time-out kills the program and what it started, and waits for neither', async (t) => {
    const started = performance.now();
    const file = join(await testFolder(t), 'pid');
    const late = run('sh', ['-c', `sleep 30 & echo $! > ${file}; wait`], { timeoutMs: 300 });
    await assert.rejects(late, { code: 'program_timeout' });
    assert.ok(await gone(Number(await readFile(file, 'utf8'))));
    // One that left the group lives on, but nobody waits for it.
    const left = run('sh', ['-c', 'setsid sleep 20 & wait'], { timeoutMs: 200 });
    await assert.rejects(left, { code: 'program_timeout' });
    assert.ok(performance.now() - started < 15_000);
  });

  it('aborting kills the program and rejects with the reason', async () => {
    const abort = new AbortController();
    const running = run('sleep', ['30'], { timeoutMs: 5000, signal: abort.signal });
    abort.abort(new Error('enough'));
    await assert.rejects(running, { message: 'enough' });
    await assert.rejects(run('true', [], { timeoutMs: 5000, signal: abort.signal }), { message: 'enough' });
  });

  it('a program that is missing is named', async () => {
    await assert.rejects(run('no-such-program', [], { timeoutMs: 1000 }), { code: 'program_missing' });
    assert.throws(() => spawnBound('/no/such/program', []), { code: 'program_missing' });
  });

  it('end asks first, and kills what does not listen', async () => {
    const polite = spawnBound('sleep', ['30']);
    await end(polite);
    assert.equal(polite.signalCode, 'SIGTERM');
    const deaf = spawnBound('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(deaf.stdout!, 'data');
    await end(deaf, 100);
    assert.equal(deaf.signalCode, 'SIGKILL');
    await end(deaf);
  });

  it('bound children die with a parent that is killed', async () => {
    const script = runScript(
      `import { run, spawnBound } from './process.ts';
       void run('sleep', ['30.25'], { timeoutMs: 30000 });
       console.log(spawnBound('sleep', ['30']).pid);`,
      import.meta.dirname,
    );
    const pid = Number(await script.line());
    assert.ok(lives(pid));
    await script.kill();
    assert.ok(await gone(pid));
  });
});
