/** What a restart of the server leaves as it was, and what initiators are told when a disk grows. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FileDisk, FileReservations, IscsiServer, MemoryDisk } from './index.ts';
import { serve, TARGET } from './testing/fixture.ts';
import { cdb10, senseCode, TestInitiator } from './testing/initiator.ts';
import { REGISTER, RESERVATION_CONFLICT, RESERVE, reserveOut } from './testing/reserve-out.ts';

const FIRST = { target: TARGET, initiator: 'iqn.2026-01.org.example:node-1', isid: '00023d000001' };
const SECOND = { target: TARGET, initiator: 'iqn.2026-01.org.example:node-2', isid: '00023d000002' };

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-iscsi-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** Serves until `stop`; a second one is the server after its restart. */
async function serveKept(path: string) {
  const server = new IscsiServer();
  const reservations = await FileReservations.open(path);
  server.addTarget({ name: TARGET, disk: new MemoryDisk(1 << 20), reservations });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const logIn = async (login: typeof FIRST) => {
    const initiator = await TestInitiator.connect(port);
    assert.equal((await initiator.login(login)).status, 0);
    await initiator.testUnitReady();
    return initiator;
  };
  return { server, logIn };
}

test('a persistent reservation outlives the server', async (t) => {
  const path = join(await folderOf(t), 'reservations.json');
  const before = await serveKept(path);
  const holder = await before.logIn(FIRST);
  assert.equal(await reserveOut(holder, REGISTER, 0n, 0xabcn, 1), 0);
  assert.equal(await reserveOut(holder, RESERVE, 0xabcn, 0n), 0);
  holder.destroy();
  await before.server.close();

  const after = await serveKept(path);
  t.after(() => after.server.close());
  const [again, other] = [await after.logIn(FIRST), await after.logIn(SECOND)];
  t.after(() => [again, other].forEach((initiator) => void initiator.destroy()));
  assert.equal((await other.write(0, Buffer.alloc(512))).status, RESERVATION_CONFLICT);
  assert.equal((await other.read(0, 1)).status, 0);
  assert.equal((await again.write(0, Buffer.alloc(512))).status, 0);
});

test('a registration that cannot be stored fails, and so does a target whose reservations cannot be read', async (t) => {
  const folder = await folderOf(t);
  const kept = await serveKept(join(folder, 'gone', 'reservations.json'));
  t.after(() => kept.server.close());
  const initiator = await kept.logIn(FIRST);
  t.after(() => initiator.destroy());
  assert.equal(await reserveOut(initiator, REGISTER, 0n, 1n), 0x02);

  const path = join(folder, 'reservations.json');
  for (const text of ['{', '{"generation":1}', '{"generation":1,"registrations":[{"port":"a","key":"x"}]}']) {
    await writeFile(path, text);
    await assert.rejects(FileReservations.open(path), { code: 'reservations_unreadable' });
    assert.equal(await readFile(path, 'utf8'), text);
  }
});

test('without a place for it, keeping a registration over a power loss is refused', async (t) => {
  const { session } = await serve(t);
  const initiator = await session();
  await initiator.testUnitReady();
  assert.equal(await reserveOut(initiator, REGISTER, 0n, 1n, 1), 0x02);
  assert.equal(await reserveOut(initiator, REGISTER, 0n, 1n), 0);
});

test('when the disk has grown every initiator is told, and can use what is new', async (t) => {
  const path = join(await folderOf(t), 'disk.raw');
  await writeFile(path, Buffer.alloc(1 << 20));
  const disk = await FileDisk.open(path);
  const { server, session } = await serve(t, { disk });
  t.after(() => disk.close());
  const initiator = await session();
  await initiator.testUnitReady();
  assert.equal((await initiator.read(2048, 1)).status, 2);
  await truncate(path, 2 << 20);
  await disk.refresh();
  server.resized(TARGET);
  assert.equal(senseCode((await initiator.testUnitReady()).sense), '6/2a09');
  const capacity = await initiator.result(initiator.command(cdb10(0x25, 0, 0), { read: 8 }));
  assert.equal(capacity.data.readUInt32BE(0), 4095);
  assert.equal((await initiator.write(4095, Buffer.alloc(512, 1))).status, 0);
});
