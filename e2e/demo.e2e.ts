/** The demo is a test: `make demo JSON=1` as a stranger would run it, and nothing of it is left on the machine. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { list } from '@bullion/rack';
import { run } from '@bullion/service';
import { noRack } from './stage.ts';

type Told = {
  demo: 'passed' | 'failed';
  seconds: number;
  steps: { step: string; seconds: number }[];
  error?: { message: string };
};

test('the demo passes, says so in one JSON object, and leaves nothing behind', {
  skip: await noRack(),
  timeout: 900_000,
}, async () => {
  const before = await hostNetwork();
  const demo = join(import.meta.dirname, 'demo.ts');
  const { code, stdout, stderr } = await run(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', demo, '--json'],
    { timeoutMs: 840_000 },
  );
  assert.equal(code, 0, stderr);
  const told = JSON.parse(stdout.trim().split('\n').at(-1)!) as Told;
  assert.equal(told.demo, 'passed');
  assert(told.steps.length >= 12, `only ${told.steps.length} steps were told`);
  assert.match(stderr, /demo passed in \d+ s\n$/);
  assert.deepEqual(await hostNetwork(), before, "the host's interfaces and namespaces");
  assert.deepEqual(await list(), [], 'racks that are left');
});

/** Interfaces and named namespaces of this machine. */
async function hostNetwork(): Promise<string[]> {
  const links = await run('ip', ['-j', 'link'], { timeoutMs: 10_000 });
  const namespaces = await run('ip', ['netns', 'list'], { timeoutMs: 10_000 });
  const names = (JSON.parse(links.stdout) as { ifname: string }[]).map((link) => link.ifname);
  return [...names, ...namespaces.stdout.split('\n')].sort();
}
