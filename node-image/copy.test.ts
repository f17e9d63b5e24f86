/** The initramfs's own shell functions that take an image over the network, run here on a file in place of a disk. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '@bullion/service';

const skip = existsSync('/bin/busybox') ? false : 'busybox-static is not installed';
const LIB = join(import.meta.dirname, 'initramfs/lib/copy.sh');
const MIB = 2 ** 20;
const data = randomBytes(2 * MIB + 8192);

const sumOf = (...parts: Buffer[]) => createHash('blake2b512').update(Buffer.concat(parts)).digest('hex');
const line = (text: string) => Buffer.from(`${text}\n`);
/** Two MiB at 1 MiB, and two blocks at 5 MiB. */
const records = [
  line(`1 2 ${MIB}`),
  data.subarray(0, 2 * MIB),
  line(`${(5 * MIB) / 4096} 2 4096`),
  data.subarray(2 * MIB),
];
const whole = Buffer.concat([...records, line(`end ${sumOf(data)}`)]);

/** What is on the "disk" and what was said, after each of the answers in turn was given. */
async function take(answers: Buffer[]) {
  // Not /tmp, which may be in memory: there are no direct writes.
  const folder = await mkdtemp('/var/tmp/bullion-copy-');
  const server = createServer((_, response) => {
    response.end(answers.shift());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const disk = join(folder, 'disk');
    await writeFile(disk, Buffer.alloc(6 * MIB));
    const script = `
      . ${LIB}
      copy_work=${folder} disk_bytes=${6 * MIB}
      boot_url=http://127.0.0.1:${(server.address() as AddressInfo).port}/boot/token/config
      clear_range() { echo "cleared $2 $3"; }
      say() { echo "$*"; }
      fail() { echo "FAILED: $1, $2"; exit 1; }
      take_image ${disk}`;
    const { code, stdout, stderr } = await run('busybox', ['sh', '-c', script], { timeoutMs: 30_000 });
    return { code, said: stdout + stderr, disk: await readFile(disk) };
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
}

test('every record is put where it belongs, and what lies between is cleared', { skip }, async () => {
  const { code, said, disk } = await take([whole]);
  assert.equal(code, 0, said);
  assert.ok(disk.subarray(MIB, 3 * MIB).equals(data.subarray(0, 2 * MIB)));
  assert.ok(disk.subarray(5 * MIB, 5 * MIB + 8192).equals(data.subarray(2 * MIB)));
  const cleared = [...said.matchAll(/cleared (\d+) (\d+)/g)].map(([, from, to]) => [
    Number(from),
    Number(to),
  ]);
  assert.deepEqual(cleared, [
    [0, MIB],
    [3 * MIB, 5 * MIB],
    [5 * MIB + 8192, 6 * MIB],
  ]);
});

test('a transfer that was cut off is begun anew', { skip }, async () => {
  const { code, said, disk } = await take([whole.subarray(0, MIB), whole]);
  assert.equal(code, 0, said);
  assert.match(said, /the copy was not whole/);
  assert.ok(disk.subarray(MIB, 3 * MIB).equals(data.subarray(0, 2 * MIB)));
});

test('a disk that does not give back what it was sent is not booted', { skip }, async () => {
  const lie = Buffer.concat([...records, line(`end ${sumOf(data.subarray(1))}`)]);
  const { code, said } = await take([lie, lie, lie]);
  assert.equal(code, 1);
  assert.match(said, /FAILED: copying the image to \S+, what was written is not what was sent/);
});
