import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { type FileTarget, ThreadedServer } from '../index.ts';
import { missing } from '../testing/conformance.ts';
import { TestInitiator } from '../testing/initiator.ts';

const run = promisify(execFile);
const NODE = 'iqn.2026-01.org.example:node-1';
const nameOf = (disk: number): string => `iqn.2026-01.org.example:disk-${disk}`;
const SIZE = 1 << 20;

/** Disk n is filled with the byte n. */
async function started(t: TestContext, threads: number, disks: number, options: Partial<FileTarget> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-iscsi-threads-'));
  const server = await ThreadedServer.start({ threads, listen: [{ host: '127.0.0.1', port: 0 }] });
  t.after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  const files: string[] = [];
  for (let disk = 1; disk <= disks; disk += 1) {
    const file = join(folder, `disk-${disk}.raw`);
    await writeFile(file, Buffer.alloc(SIZE, disk));
    await server.addTarget({ ...options, name: nameOf(disk), file, tags: { volume: `disk-${disk}` } });
    files.push(file);
  }
  return { server, files, port: server.portals[0]!.port };
}

/** Follows the portal to the thread that has the target. */
async function logIn(t: TestContext, portal: number, disk: number): Promise<TestInitiator> {
  let port = portal;
  for (;;) {
    const initiator = await TestInitiator.connect(port);
    t.after(() => initiator.destroy());
    const { status } = await initiator.login({ target: nameOf(disk), initiator: NODE });
    if (status === 0) {
      await initiator.testUnitReady();
      return initiator;
    }
    assert.equal(status, 0x0101);
    port = Number(/:(\d+),1$/.exec(initiator.keys.get('TargetAddress')!)![1]);
    initiator.destroy();
  }
}

test('targets are spread over the threads, and each session reaches its own disk', async (t) => {
  const { server, files, port } = await started(t, 2, 4);
  const ports = new Set<number>();
  for (let disk = 1; disk <= 4; disk += 1) {
    const initiator = await logIn(t, port, disk);
    ports.add(initiator.socket.remotePort!);
    assert.equal((await initiator.read(0, 1)).data[0], disk);
    assert.equal((await initiator.write(8, Buffer.alloc(4096, 0x40 + disk))).status, 0);
  }
  assert.equal(ports.size, 2);
  assert.ok(!ports.has(port), 'the portal itself serves nothing');
  const figures = await server.accounting();
  assert.deepEqual(figures.map(({ tags }) => tags.volume).sort(), ['disk-1', 'disk-2', 'disk-3', 'disk-4']);
  assert.ok(
    figures.every(({ reads, writes, writtenBytes }) => reads === 1 && writes === 1 && writtenBytes === 4096),
  );
  await server.close();
  assert.equal((await readFile(files[2]!))[4096], 0x43);
});

test('a thread that crashes is started anew on its port; the others do not notice', async (t) => {
  const { server, port } = await started(t, 2, 2, { initiators: [NODE] });
  const [first, second] = [await logIn(t, port, 1), await logIn(t, port, 2)];
  await server.limit(nameOf(1), { iops: 5000 });
  const firstPort = first.socket.remotePort;
  const restarted = once(server, 'thread_restarted');
  await server.crashThreadOf(nameOf(1));
  await first.ended();
  assert.equal((await second.read(0, 1)).data[0], 2);
  const [{ targets, lost }] = await restarted;
  assert.deepEqual([targets, lost.size], [[nameOf(1)], 0]);
  const again = await logIn(t, port, 1);
  assert.equal(again.socket.remotePort, firstPort);
  assert.equal((await again.read(0, 1)).data[0], 1);
  const { limits } = (await server.accounting()).find(({ target }) => target === nameOf(1))!;
  assert.deepEqual(limits, { iops: 5000 });
});

test('what is wrong with a target is said as ever, and it can be taken away', async (t) => {
  const { server, files, port } = await started(t, 1, 1);
  const file = files[0]!;
  await assert.rejects(server.addTarget({ name: nameOf(1), file }), { code: 'target_exists' });
  await assert.rejects(server.addTarget({ name: nameOf(2), file: `${file}.gone` }), {
    code: 'disk_open_failed',
  });
  await assert.rejects(server.limit(nameOf(2), {}), { code: 'target_not_found' });
  await assert.rejects(server.limit(nameOf(1), { iops: -1 }), { code: 'limit_invalid' });
  await assert.rejects(ThreadedServer.start({ threads: 1, listen: [{ host: '127.0.0.1', port }] }), {
    code: 'listen_failed',
  });
  await server.removeTarget(nameOf(1));
  const initiator = await TestInitiator.connect(port);
  t.after(() => initiator.destroy());
  assert.equal((await initiator.login({ target: nameOf(1), initiator: NODE })).status, 0x0203);
  await server.addTarget({ name: nameOf(1), file });
});

test("libiscsi's tools find the threads by discovery and by the portal", {
  skip: missing('iscsi-inq'),
}, async (t) => {
  const { server, port } = await started(t, 2, 2, { initiators: [NODE] });
  const { stdout } = await run('iscsi-ls', ['-i', NODE, `iscsi://127.0.0.1:${port}`], { timeout: 10_000 });
  const portals = [...stdout.matchAll(/Portal:127\.0\.0\.1:(\d+),1/g)].map(([, found]) => Number(found));
  assert.equal(new Set(portals).size, 2, stdout);
  assert.ok(!portals.includes(port));
  const stranger = ['-i', 'iqn.2026-01.org.example:stranger', `iscsi://127.0.0.1:${port}`];
  assert.equal((await run('iscsi-ls', stranger, { timeout: 10_000 })).stdout, '');
  for (const disk of [1, 2]) {
    const url = `iscsi://127.0.0.1:${port}/${nameOf(disk)}/0`;
    assert.match((await run('iscsi-inq', ['-i', NODE, url], { timeout: 10_000 })).stdout, /BULLION/);
  }
  assert.ok((await server.accounting()).every(({ sessions }) => sessions === 0));
});
