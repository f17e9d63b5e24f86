/**
 * What the test of a full disk runs in a mount namespace of its own: a real, small file system that fills up.
 * Argument: a folder to mount it on. Ends with 0 when all went as it should.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VolumeError, VolumeStore } from '../index.ts';

const MiB = 1024 * 1024;
const [folder] = process.argv.slice(2) as [string];
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'none', folder]);
const ballast = join(folder, 'ballast');
writeFileSync(ballast, Buffer.alloc(8 * MiB, 1));

const options = { journalBytes: MiB, undeleteMs: 0 };
let store = await VolumeStore.open(join(folder, 'store'), options);
await store.createVolume('full', 64 * MiB);
await store.createVolume('other', 64 * MiB);
const [full, other] = [await store.open('full'), await store.open('other')];
const block = randomFillSync(Buffer.alloc(64 * 1024));
await other.write(0, block);
await other.flush();

const written: number[] = [];
let refused: unknown;
for (let at = 0; at < 64 * MiB; at += block.length) {
  try {
    await full.write(at, block);
    await full.flush();
    written.push(at);
  } catch (error) {
    refused = error;
    break;
  }
}
assert.ok(refused instanceof VolumeError && refused.code === 'no-space', String(refused));
assert.ok(written.length > 50);
// Others go on where they have their space already, and everything can be read.
const changed = randomFillSync(Buffer.alloc(64 * 1024));
await other.write(0, changed);
await other.flush();
const into = Buffer.alloc(block.length);
for (const at of written) {
  await full.read(at, into);
  assert.equal(Buffer.compare(into, block), 0);
}
await assert.rejects(full.write(60 * MiB, block), { code: 'no-space' });

rmSync(ballast);
const last = written.length * block.length;
await full.write(last, block); // the very request that was refused
await full.flush();
written.push(last);
await store.close();
store = await VolumeStore.open(join(folder, 'store'), options);
const again = await store.open('full');
for (const at of written) {
  await again.read(at, into);
  assert.equal(Buffer.compare(into, block), 0);
}
const otherAgain = await store.open('other');
await otherAgain.read(0, into);
assert.equal(Buffer.compare(into, changed), 0);
assert.deepEqual((await store.check({ data: true })).problems, []);
await store.close();
