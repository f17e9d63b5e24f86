import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DoubleWrite } from './double-write.ts';
import { FileDisk } from './file-disk.ts';

const OLD = Buffer.alloc(65536, 'old.');
const NEW = Buffer.alloc(32768, 'new!');
const AT = 8192;
const WHOLE = Buffer.concat([OLD.subarray(0, AT), NEW, OLD.subarray(AT + NEW.length)]);

async function diskFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-iscsi-atomic-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'disk.raw');
  await writeFile(path, OLD);
  return path;
}

/** The disk's bytes after it was opened and closed. */
async function reopened(path: string): Promise<Buffer> {
  await (await FileDisk.open(path)).close();
  return readFile(path);
}

test('an atomic write that was cut off while it went to its place is finished', async (t) => {
  const path = await diskFile(t);
  const record = new DoubleWrite(`${path}.atomic`);
  await record.record(AT, NEW);
  await record.close();
  const torn = Buffer.from(OLD);
  NEW.copy(torn, AT, 0, 5000);
  await writeFile(path, torn);
  await assert.rejects(FileDisk.open(path, { readOnly: true }), { code: 'disk_needs_repair' });
  assert.ok((await reopened(path)).equals(WHOLE));
  // Once only: what is written later stays.
  await writeFile(path, OLD);
  assert.ok((await reopened(path)).equals(OLD));
});

test('one whose record is not whole has never begun', async (t) => {
  for (const length of [100, 4096, 4096 + 512, 4096 + NEW.length - 1]) {
    const path = await diskFile(t);
    const record = new DoubleWrite(`${path}.atomic`);
    await record.record(AT, NEW);
    await record.close();
    await truncate(`${path}.atomic`, length);
    assert.ok((await reopened(path)).equals(OLD), `${length} bytes of the record`);
  }
});

test('one that was acknowledged is not written again over what came after it', async (t) => {
  const path = await diskFile(t);
  const disk = await FileDisk.open(path);
  await Promise.all([disk.writeAtomic(AT, NEW), disk.writeAtomic(0, NEW.subarray(0, 512))]);
  await disk.write(AT, OLD.subarray(0, 4096));
  await disk.close();
  const before = await readFile(path);
  assert.ok(before.subarray(0, 4).equals(NEW.subarray(0, 4)));
  assert.ok(before.subarray(AT, AT + 4096).equals(OLD.subarray(0, 4096)));
  assert.ok((await reopened(path)).equals(before));
});
