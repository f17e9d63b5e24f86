/** `bullion serve --rack` on a small virtual rack: the way from the host's network to the rack's, and its end. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { down, loadSpec, obstacles, up } from '@bullion/rack';
import { missingFor } from './debian-packages.ts';
import { run } from './testing/run.ts';
import { ANY_PORT, newHome, serve } from './testing/served.ts';

const missing = missingFor(['isolation', 'provisioning', 'rack']);
const inTheWay = missing.length > 0 ? [] : await obstacles();
const skip =
  missing.length > 0
    ? `needs ${missing.map((each) => each.package).join(', ')}`
    : inTheWay.length > 0 && inTheWay[0]!.what;

const SPEC = `
name: cli-test
accelerator: tcg
switches: [{ name: tor1 }]
controller: { vlan: 10, address: 10.10.0.1/24 }
nodes: [{ name: node1, memoryMb: 64 }]
`;

/** Processes, other than those that are only waiting to be buried, whose words hold `text`. */
function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return (
          Number.isInteger(pid) &&
          pid !== process.pid &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
        );
      } catch {
        return false;
      }
    });
}

test('services on a rack answer on the host, reach its BMCs, and end with the process outside', {
  skip,
}, async () => {
  const { home, remove } = await newHome();
  process.env.BULLION_HOME = home;
  const file = join(home, 'rack.yaml');
  await writeFile(file, SPEC);
  await up(await loadSpec(file));
  try {
    const first = await serve(home, '--rack', 'cli-test', ...ANY_PORT);
    assert.deepEqual(first.ready?.services, ['isolation', 'provisioning', 'market'], first.stderr());
    const env = (url: string) => ({ BULLION_URL: url, BULLION_HOME: home });
    const done = await run(['rack', 'register', '--json'], env(first.ready!.url));
    const outcomes = JSON.parse(done.stdout).done.map(({ outcome }: { outcome: string }) => outcome);
    assert.deepEqual([...new Set(outcomes)], ['registered']);
    const again = await run(['rack', 'register', 'cli-test'], env(first.ready!.url));
    assert.doesNotMatch(again.stdout, / registered/);
    assert.equal(
      (await run(['node', 'power', 'node1'], env(first.ready!.url))).stdout,
      'The power of node1 is off.\n',
    );
    const status = await run(['rack', 'status', '--json'], env(''));
    assert.doesNotMatch(status.stdout, /password/);

    // A power cut of the outer process alone.
    assert.equal(await first.end('SIGKILL'), 'SIGKILL');
    for (let i = 0; i < 50 && processesWith(`${home}/service`).length > 0; i++) await sleep(100);
    assert.deepEqual(
      processesWith(`${home}/service`),
      [],
      'neither the inner half nor its DHCP server stays',
    );

    const second = await serve(home, '--rack', 'cli-test', ...ANY_PORT);
    assert.equal((await run(['node', 'power', 'node1'], env(second.ready!.url))).code, 0, second.stderr());
    assert.equal(await second.end('SIGTERM'), 0);
    assert.deepEqual(processesWith(`${home}/service`), []);

    const third = await serve(home, '--rack', 'cli-test', ...ANY_PORT);
    await down('cli-test');
    assert.equal(await third.end('SIGCONT'), 1, 'a rack that goes down takes its services with it');
  } finally {
    await down('cli-test');
    delete process.env.BULLION_HOME;
    await remove();
  }
});
