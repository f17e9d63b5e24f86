import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tool } from './tool.ts';

test('a tool that fails says what it said', async () => {
  await assert.rejects(tool('sh', ['-c', 'echo no space left >&2; exit 3']), {
    code: 'tool_failed',
    message: 'sh failed: exit code 3.',
    hint: /no space left/,
  });
});

test('a tool that takes too long is killed with its children', async () => {
  const started = Date.now();
  const late = tool('sh', ['-c', 'sleep 60 & echo $!; sleep 60'], { timeoutMs: 200 });
  await assert.rejects(late, /did not end within 0.2 s/);
  // The child held the pipe open: it must be gone, or the wait would have gone on.
  assert.ok(Date.now() - started < 30_000);
});

test('an aborted tool is killed', async () => {
  const stop = new AbortController();
  const running = tool('sleep', ['60'], { signal: stop.signal });
  stop.abort(new Error('no longer wanted'));
  await assert.rejects(running, /no longer wanted/);
});

test('a missing tool is named', async () => {
  await assert.rejects(tool('hen-teeth', []), { code: 'program_missing' });
});

test('a tool sees only what it should of the environment', async () => {
  process.env.BULLION_TEST_SECRET = 'x';
  const seen = await tool('env', [], { env: { MINE: 'yes' } });
  assert.match(seen, /^MINE=yes$/m);
  assert.match(seen, /^LC_ALL=C.UTF-8$/m);
  assert.doesNotMatch(seen, /BULLION_TEST_SECRET/);
});
