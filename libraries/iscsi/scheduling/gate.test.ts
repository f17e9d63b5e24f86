import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryDisk } from '../disks/memory-disk.ts';
import { BHS_LENGTH, Opcode, RESERVED_TAG } from '../pdu/bhs.ts';
import { u32 } from '../pdu/bytes.ts';
import { writeDataOut } from '../pdu/data-out.ts';
import { NODE, pattern, serve, TARGET } from '../testing/fixture.ts';
import { cdb10 } from '../testing/initiator.ts';
import { LoadSession } from '../testing/load/load-session.ts';
import { LOADS, runLoad } from '../testing/load/loads.ts';
import { Gate } from './gate.ts';

const OTHER = `${TARGET}-other`;
const SIZE = 8 << 20;

test('those that wait go on in turns, one of each session', async () => {
  const gate = new Gate();
  gate.limit({ iops: 2000 });
  const order: string[] = [];
  while (gate.admits(0)) order.push('at once');
  const [a, b] = [{}, {}];
  const waiting = (name: string) => ({ bytes: 0, start: () => void order.push(name), isOver: () => false });
  for (let i = 0; i < 3; i += 1) gate.wait(a, waiting('a'));
  gate.wait(b, waiting('b'));
  const waited = () => order.filter((name) => name !== 'at once');
  for (let i = 0; i < 500 && waited().length < 4; i += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(waited(), ['a', 'b', 'a', 'a']);
});

test('a limit of commands and one of bytes hold, and change while commands wait', async (t) => {
  const { server, port } = await serve(t, { disk: new MemoryDisk(SIZE) });
  const session = await LoadSession.open({ host: '127.0.0.1', port, name: TARGET, lun: 0 }, NODE);
  t.after(() => session.close());
  server.limit(TARGET, { iops: 200 });
  const few = await runLoad(session, LOADS.rand_read_qd32, SIZE, 600);
  assert.ok(few > 120 && few < 300, `${few} a second at 200`);
  server.limit(TARGET, { bytesPerSecond: 4 << 20 });
  const slow = await runLoad(session, LOADS.rand_read_qd32, SIZE, 600);
  assert.ok(slow > 600 && slow < 1600, `${slow} a second at 1024`);
  assert.ok(server.stats(TARGET).delayed > 100);
  server.limit(TARGET, {});
  assert.ok((await runLoad(session, LOADS.rand_read_qd32, SIZE, 300)) > 3000);
  assert.throws(() => server.limit(TARGET, { iops: 0 }), { code: 'limit_invalid' });
});

test('unsolicited data that comes while its command waits is kept', async (t) => {
  const { session, disk } = await serve(t, { limits: { iops: 10 } });
  const initiator = await session({ keys: { InitialR2T: 'No', FirstBurstLength: '65536' } });
  await initiator.testUnitReady();
  // Uses up the burst.
  const reads = [1, 2, 3].map(() => initiator.command(cdb10(0x28, 0, 1), { read: 512 }));
  const data = pattern(8192, 3);
  const options = { write: 8192, immediate: data.subarray(0, 2048), final: false };
  const itt = initiator.command(cdb10(0x2a, 16, 16), options);
  initiator.dataOut({ itt, dataSn: 0, offset: 2048, final: false }, data.subarray(2048, 4096));
  initiator.dataOut({ itt, dataSn: 1, offset: 4096, final: true }, data.subarray(4096));
  for (const read of reads) assert.equal((await initiator.result(read)).status, 0);
  assert.equal((await initiator.result(itt)).status, 0);
  assert.deepEqual(disk.bytes.subarray(8192, 16384), data);
});

test('a command that waits for its turn can be aborted with its session, and is not counted', async (t) => {
  const { server, session } = await serve(t, { limits: { iops: 1 } });
  const initiator = await session();
  await initiator.testUnitReady();
  for (let i = 0; i < 8; i += 1) initiator.command(cdb10(0x28, 0, 1), { read: 512 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  initiator.destroy();
  await server.removeTarget(TARGET);
  assert.deepEqual(server.targets(), []);
});

test('a node that floods its target leaves another node its share', async (t) => {
  const { server, port } = await serve(t, { disk: new MemoryDisk(SIZE) });
  server.addTarget({ name: OTHER, disk: new MemoryDisk(SIZE) });
  const open = async (name: string) => {
    const session = await LoadSession.open({ host: '127.0.0.1', port, name, lun: 0 }, NODE);
    t.after(() => session.close());
    return session;
  };
  const normal = await open(OTHER);
  const floods = await Promise.all(Array.from({ length: 16 }, () => open(TARGET)));
  const alone = await runLoad(normal, LOADS.rand_read_qd1, SIZE, 400);
  const flooding = floods.map((flood) => runLoad(flood, LOADS.rand_read_qd32, SIZE, 1200));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const beside = await runLoad(normal, LOADS.rand_read_qd1, SIZE, 600);
  const flood = (await Promise.all(flooding)).reduce((sum, rate) => sum + rate, 0);
  t.diagnostic(
    `alone ${Math.round(alone)}/s; beside ${Math.round(flood)}/s of 16 sessions ${Math.round(beside)}/s`,
  );
  // One of 17 sessions, with one command against 512 under way: by commands it would have a 513th.
  assert.ok(beside > flood / 300, `${beside} of ${flood}`);
});

test('a large write that starts in the middle of its unsolicited data loses none of it', async (t) => {
  const { server, session, disk } = await serve(t, { limits: { iops: 10 } });
  const initiator = await session({ keys: { InitialR2T: 'No', FirstBurstLength: '65536' } });
  await initiator.testUnitReady();
  // Uses up the burst.
  const reads = [1, 2, 3].map(() => initiator.command(cdb10(0x28, 0, 1), { read: 512 }));
  const data = pattern(128 << 10, 5);
  const tag = initiator.command(cdb10(0x2a, 0, 256), { write: data.length, final: false });
  const header = new Uint8Array(BHS_LENGTH);
  const first = {
    final: true,
    lun: 0,
    itt: tag,
    ttt: RESERVED_TAG,
    expStatSn: 1,
    dataSn: 0,
    bufferOffset: 0,
  };
  writeDataOut(first, 65536, header);
  initiator.socket.write(Buffer.concat([header, data.subarray(0, 40_000)]));
  for (const read of reads) await initiator.result(read);
  server.limit(TARGET, {});
  await new Promise((resolve) => setTimeout(resolve, 30));
  initiator.socket.write(data.subarray(40_000, 65536));
  const r2t = await initiator.receiveKind(Opcode.ReadyToTransfer);
  const rest = { itt: tag, ttt: u32(r2t.header, 20), dataSn: 0, offset: 65536, final: true };
  initiator.dataOut(rest, data.subarray(65536));
  assert.equal((await initiator.result(tag)).status, 0);
  assert.equal(disk.bytes.subarray(0, data.length).equals(data), true);
});
