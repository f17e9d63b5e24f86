/** The initramfs's own keeper of a lease, beside a DHCP server whose leases are short. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '@bullion/service';

const skip =
  process.getuid?.() !== 0
    ? 'needs root, to make network namespaces'
    : existsSync('/bin/busybox')
      ? false
      : 'busybox-static is not installed';
const NIC = join(import.meta.dirname, 'initramfs/lib/nic.sh');
/** The shortest that the client believes; it asks again after half of it. In seconds. */
const LEASE = 16;

test('a lease is asked for again at half its time, and the address stays as it is', {
  skip,
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-lease-'));
  try {
    await writeFile(
      join(folder, 'udhcpd.conf'),
      `start 10.98.0.50
end 10.98.0.60
interface eth0
min_lease 5
lease_file ${folder}/leases
pidfile ${folder}/pid
option subnet 255.255.255.0
option lease ${LEASE}
`,
    );
    await writeFile(join(folder, 'leases'), '');
    const script = `
      unshare --net sleep 100 & other=$!
      while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
      ip link add boot0 type veth peer name eth0 netns $other
      ip link set boot0 up && ip address add 10.98.0.50/24 dev boot0
      nsenter --net=/proc/$other/ns/net sh -c 'ip address add 10.98.0.1/24 dev eth0 && ip link set eth0 up'
      nsenter --net=/proc/$other/ns/net busybox udhcpd -f ${folder}/udhcpd.conf >${folder}/log 2>&1 & server=$!
      sleep 1
      . ${NIC}
      hold_lease 10.98.0.50/24
      client=$!
      acks() { grep -c 'sending ACK to 10.98.0.50' ${folder}/log; }
      waited=0
      while [ "$(acks)" -lt 3 ] && [ $waited -lt 90 ]; do sleep 1; waited=$((waited + 1)); done
      cat ${folder}/log
      ip -4 -o address show dev boot0
      kill $client $server $other`;
    const { stdout, stderr } = await run('unshare', ['--net', '--mount', 'sh', '-c', script], {
      timeoutMs: 110_000,
    });
    const acks = stdout.match(/sending ACK to 10\.98\.0\.50/g) ?? [];
    assert.ok(acks.length >= 3, `given once, renewed twice: ${stdout}${stderr}`);
    // Each offer is an answer to somebody who begins anew, as one whose lease has run out.
    assert.equal(stdout.match(/sending OFFER/g)?.length, 1, stdout);
    assert.match(stdout, /boot0 +inet 10\.98\.0\.50\/24/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
