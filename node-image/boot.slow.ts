/** Real boots of the golden image on virtual servers: slow (minutes), so by `npm run test:slow` only. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cannotBoot, Rig } from './testing/rig.ts';

const skip = cannotBoot();
const options = { skip, timeout: 300_000 };
let rig: Rig;
before(async () => {
  if (skip === false) rig = await Rig.start();
});
after(() => rig?.[Symbol.asyncDispose]());

test('a node boots from its target, reports, and obeys its power button', options, async (t) => {
  const node = await rig.bootDirectly(await rig.config());
  const report = await rig.report();
  t.diagnostic(`reported ${report.afterMs} ms after power-on`);
  const body = JSON.parse(report.body);
  assert.equal(body.hostname, 'node-1');
  assert.equal(body.kernel, rig.image.manifest.kernelRelease);
  assert.match(body.bootId, /^[0-9a-f-]{36}$/);
  assert.ok(body.uptimeSeconds > 1);
  assert.match(body.sshHostKeys[0], /^ssh-ed25519 AAAA/);

  const facts = await rig.ssh(`
    stat -c %a /run/bullion /run/bullion/authorized_keys
    cat /sys/class/iscsi_session/session*/recovery_tmo
    setpriv --reuid=nobody --clear-groups cat /sys/class/iscsi_session/session*/password 2>&1 || true
    grep -c 'not-so-secret' /proc/cmdline || true
    find / -xdev -newer /proc/1 -type f ! -path /etc/machine-id 2>/dev/null`);
  assert.match(
    facts,
    /^700\n600\noff\ncat: \S+ Permission denied\n0\n$/,
    'no secret leaks, no identity is on the disk',
  );
  assert.equal((await rig.ssh('systemctl list-units --failed --no-legend')).trim(), '', 'no unit failed');
  t.diagnostic(await rig.ssh('systemd-analyze'));

  const pressed = Date.now();
  await node.pressPower();
  await node.off(60_000);
  t.diagnostic(`off ${Date.now() - pressed} ms after the button`);
});

test('a report that is refused is sent again', options, async () => {
  rig.service.refuseReports = 2;
  await rig.bootDirectly(await rig.config());
  await rig.report();
  const tries = () => rig.service.heard.filter(({ path }) => path.endsWith('/report')).length;
  for (let waited = 0; tries() < 3 && waited < 120; waited++) await sleep(500);
  // None follows the one that was accepted.
  await sleep(8000);
  assert.equal(tries(), 3);
});

test('a running node survives a restart of its target, with a write going on', options, async (t) => {
  await rig.bootDirectly(await rig.config());
  await rig.report();
  const writing = rig.ssh(
    'dd if=/dev/urandom of=/root/written bs=64k count=300 oflag=dsync 2>&1; sync; sha256sum < /root/written',
    90_000,
  );
  await sleep(2000);
  await rig.target.kill();
  const killed = Date.now();
  await sleep(4000);
  await rig.target.restart();
  const sum = (await writing).split('\n').at(-2);
  t.diagnostic(`the write ended ${Date.now() - killed} ms after the kill`);
  assert.equal(
    await rig
      .ssh('echo 3 > /proc/sys/vm/drop_caches; sha256sum < /root/written; touch /root/still-writable')
      .then((out) => out.trim()),
    sum,
  );
  assert.match(await rig.ssh('mount | grep " / "'), /\(rw,/);
});

// Before the login, about when the root is mounted, and while systemd starts.
for (const ms of [200, 4000]) {
  test(`a target that restarts ${ms} ms into the boot delays the boot only`, options, async () => {
    await rig.bootDirectly(await rig.config());
    await rig.service.hear('/boot/token/config', 90_000);
    await sleep(ms);
    await rig.target.kill();
    await sleep(2000);
    await rig.target.restart();
    await rig.report();
  });
}
