import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import test from 'node:test';
import { run } from './testing/run.ts';

type Report = { healthy: boolean; checks: { what: string; state: string; found: string; remedy?: string }[] };

test('doctor says of each thing whether it is there, and exits by it', async () => {
  const { code, stdout, stderr } = await run(['doctor', '--json'], { BULLION_URL: 'http://127.0.0.1:1' });
  assert.equal(stderr, '');
  const report = JSON.parse(stdout) as Report;
  assert.equal(code, report.healthy ? 0 : 1);
  assert.equal(
    report.healthy,
    report.checks.every(({ state }) => state !== 'lacking'),
  );
  const whats = report.checks.map(({ what }) => what);
  for (const what of [
    'Node',
    'virtual rack',
    'image builder',
    'provisioning service',
    'KVM',
    'memory',
    'disk',
    'port',
  ])
    assert.ok(whats.includes(what), what);
  for (const { what, state, remedy } of report.checks)
    if (state === 'lacking') assert.ok(remedy, `${what} is lacking, and nothing says how to get it`);
});

test('a port that another program has taken is told with a way out', async () => {
  const other = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  try {
    const { code, stdout } = await run(['doctor'], { BULLION_URL: `http://127.0.0.1:${port}` });
    assert.equal(code, 1);
    assert.match(
      stdout,
      new RegExp(`✗ port +${port} is taken by another program\n +-> .*--listen 127.0.0.1:${port + 1}`),
    );
    assert.match(stdout, /This machine lacks /);
  } finally {
    other.close();
  }
});

test('what is missing for packages is told with one command that installs all of it', async () => {
  const path = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    const { stdout } = await run(['doctor'], { BULLION_URL: 'http://127.0.0.1:1' });
    assert.match(stdout, /✗ isolation service +.*ipmitool \(power, boot device and console by IPMI\)/);
    assert.match(stdout, /\n {2}apt-get install --no-install-recommends .*ipmitool/);
    assert.doesNotMatch(stdout, /Ceph/);
    const asked = await run(['doctor', 'ceph'], { BULLION_URL: 'http://127.0.0.1:1' });
    assert.match(asked.stdout, /✗ volumes on Ceph +.*ceph-common \(volumes in a Ceph pool\)/);
  } finally {
    process.env.PATH = path;
  }
});
