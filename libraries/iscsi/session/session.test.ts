/** Sessions over a real socket: data in all its ways, ordering, task management, and what goes wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryDisk } from '../disks/memory-disk.ts';
import { BHS_LENGTH, dataLengthOf, Opcode, opcodeOf, RESERVED_TAG } from '../pdu/bhs.ts';
import { u32 } from '../pdu/bytes.ts';
import { writeDataOut } from '../pdu/data-out.ts';
import { parseLogoutResponse, writeLogoutRequest } from '../pdu/logout.ts';
import { parseNopIn, writeNopOut } from '../pdu/nop.ts';
import { parseReject, RejectReason } from '../pdu/reject.ts';
import {
  parseTaskManagementResponse,
  TaskFunction,
  writeTaskManagementRequest,
} from '../pdu/task-management.ts';
import { writeTextRequest } from '../pdu/text.ts';
import { HeldDisk, pattern, serve, TARGET, until } from '../testing/fixture.ts';
import { cdb10, senseCode, type TestInitiator } from '../testing/initiator.ts';

const CHECK_CONDITION = 2;

for (const digests of [false, true]) {
  const keys: Record<string, string> = digests ? { HeaderDigest: 'CRC32C', DataDigest: 'CRC32C' } : {};
  const suffix = digests ? ' with digests' : '';

  test(`what is written in each way is read back${suffix}`, async (t) => {
    const { session, disk } = await serve(t);
    const initiator = await session({
      keys: {
        ...keys,
        InitialR2T: 'No',
        ImmediateData: 'Yes',
        FirstBurstLength: '65536',
        MaxBurstLength: '131072',
      },
    });
    const solicited = pattern(512 * 700, 1);
    assert.equal((await initiator.write(0, solicited)).status, 0);

    const immediate = pattern(4096, 2);
    const itt = initiator.command(cdb10(0x2a, 800, 8), { write: 4096, immediate });
    assert.equal((await initiator.result(itt)).status, 0);

    // Immediate, then unsolicited up to FirstBurstLength, then two R2Ts.
    const mixed = pattern(512 * 512, 3);
    const tag = initiator.command(cdb10(0x2a, 1000, 512), {
      write: mixed.length,
      immediate: mixed.subarray(0, 8192),
      final: false,
    });
    initiator.dataOut({ itt: tag, dataSn: 0, offset: 8192, final: false }, mixed.subarray(8192, 40000));
    initiator.dataOut({ itt: tag, dataSn: 1, offset: 40000, final: true }, mixed.subarray(40000, 65536));
    assert.equal((await initiator.result(tag, mixed, 30000)).status, 0);

    assert.deepEqual(disk.bytes.subarray(0, solicited.length), solicited);
    assert.deepEqual((await initiator.read(0, 700)).data, solicited);
    assert.deepEqual((await initiator.read(800, 8)).data, immediate);
    assert.deepEqual((await initiator.read(1000, 512)).data, mixed);
  });

  test(`an initiator that takes only small PDUs gets a long read in many${suffix}`, async (t) => {
    const { session, disk } = await serve(t);
    disk.bytes.set(pattern(1 << 20, 5));
    const initiator = await session({
      keys: { ...keys, MaxRecvDataSegmentLength: '1000', MaxBurstLength: '4096' },
    });
    const result = await initiator.read(0, 1024);
    assert.equal(result.status, 0);
    assert.deepEqual(result.data, disk.bytes.subarray(0, 1024 * 512));
  });
}

test('many commands at once are all answered, each with its own data', async (t) => {
  const { session, disk } = await serve(t);
  disk.bytes.set(pattern(4 << 20, 9));
  const initiators = await Promise.all(
    [1, 2, 3, 4].map((i) => session({ isid: `00023d00010${i}`, noSecurityStage: true })),
  );
  await Promise.all(
    initiators.map(async (initiator, who) => {
      for (let round = 0; round < 20; round += 1) {
        const tags = Array.from({ length: 24 }, (_, i) =>
          initiator.command(cdb10(0x28, (who * 480 + i * 20 + round) % 8000, 8), { read: 4096 }),
        );
        for (const [i, tag] of tags.entries()) {
          const at = ((who * 480 + i * 20 + round) % 8000) * 512;
          assert.deepEqual((await initiator.result(tag)).data, disk.bytes.subarray(at, at + 4096));
        }
      }
    }),
  );
});

test('residuals say what was not moved, either way', async (t) => {
  const { session, disk } = await serve(t);
  const initiator = await session();
  const less = await initiator.result(initiator.command(cdb10(0x28, 0, 1), { read: 2000 }));
  assert.deepEqual([less.status, less.data.length, less.residual], [0, 512, -1488]);
  const more = await initiator.result(initiator.command(cdb10(0x28, 0, 2), { read: 512 }));
  assert.deepEqual([more.status, more.data.length, more.residual], [0, 512, 512]);
  const none = await initiator.result(initiator.command(cdb10(0x28, 0, 1), { read: 0 }));
  assert.deepEqual([none.status, none.residual], [0, 512]);
  const cut = await initiator.result(
    initiator.command(cdb10(0x2a, 0, 2), { write: 512 }),
    Buffer.alloc(512, 0xbb),
  );
  assert.deepEqual([cut.status, cut.residual], [0, 512]);
  assert.equal(disk.bytes[511], 0xbb);
  assert.equal(disk.bytes[512], 0);
});

test('commands that come out of order start in order, and those outside of the window are ignored', async (t) => {
  const { session, disk } = await serve(t);
  const initiator = await session();
  const first = initiator.cmdSn;
  const write = (sn: number, fill: number) => {
    initiator.cmdSn = sn;
    return initiator.command(cdb10(0x2a, 0, 1), { write: 512, immediate: Buffer.alloc(512, fill) });
  };
  const late = write(first + 2, 3);
  write(first + 1000, 9);
  write(first - 1, 9);
  const middle = write(first + 1, 2);
  const early = write(first, 1);
  const seen: number[] = [];
  for (let i = 0; i < 3; i += 1)
    seen.push(u32((await initiator.receiveKind(Opcode.ScsiResponse)).header, 16));
  assert.deepEqual(seen, [early, middle, late]);
  assert.equal(disk.bytes[0], 3);
  initiator.cmdSn = first + 3;
  assert.equal((await initiator.testUnitReady()).status, 0);
});

test('a wrong DataSN, offset, or tag fails the write and nothing else', async (t) => {
  const { session, disk } = await serve(t);
  const initiator = await session({ keys: { InitialR2T: 'No' } });
  const data = Buffer.alloc(1024, 0xcc);
  for (const bad of [
    { dataSn: 5, offset: 0 },
    { dataSn: 0, offset: 512 },
    { dataSn: 0, offset: 0, ttt: 99 },
  ]) {
    const itt = initiator.command(cdb10(0x2a, 0, 2), { write: 1024, final: false });
    initiator.dataOut({ itt, final: true, ...bad }, data);
    const result = await initiator.result(itt);
    assert.equal(result.status, CHECK_CONDITION);
    assert.equal(senseCode(result.sense), 'b/4b00');
  }
  assert.equal(disk.bytes[0], 0);
  assert.equal((await initiator.write(0, data)).status, 0);
});

test('an error is told before the data of a write is asked for', async (t) => {
  const { session } = await serve(t);
  const initiator = await session();
  const beyond = initiator.command(cdb10(0x2a, 1 << 20, 8), { write: 4096 });
  const result = await initiator.result(beyond);
  assert.equal(senseCode(result.sense), '5/2100');
  // Unsolicited data of a refused command is swallowed.
  const other = await session({ keys: { InitialR2T: 'No' }, isid: '00023d000002' });
  const itt = other.command(cdb10(0x2a, 1 << 20, 8), {
    write: 4096,
    immediate: Buffer.alloc(1024),
    final: false,
  });
  other.dataOut({ itt, dataSn: 0, offset: 1024, final: true }, Buffer.alloc(3072));
  assert.equal(senseCode((await other.result(itt)).sense), '5/2100');
  assert.equal((await other.testUnitReady()).status, 0);
});

test('failures of the disk become sense data that says what failed', async (t) => {
  class FailingDisk extends MemoryDisk {
    code = '';
    override readNow = () => false;
    override async read(): Promise<void> {
      throw Object.assign(new Error('broken'), { code: this.code });
    }
    override async write(): Promise<void> {
      throw Object.assign(new Error('broken'), { code: this.code });
    }
    override async flush(): Promise<void> {
      if (this.code !== '') throw Object.assign(new Error('broken'), { code: this.code });
    }
  }
  const { session, disk } = await serve(t, { disk: new FailingDisk(1 << 20) });
  const initiator = await session();
  const expected: [string, string, string][] = [
    ['EIO', '3/1100', '3/0c00'],
    ['ENOSPC', '3/1100', '7/2707'],
    ['volume_full', '3/1100', '7/2707'],
    ['no-space', '3/1100', '7/2707'],
    ['read-only', '3/1100', '7/2700'],
    ['EROFS', '3/1100', '7/2700'],
  ];
  for (const [code, reading, writing] of expected) {
    disk.code = code;
    assert.equal(senseCode((await initiator.read(0, 1)).sense), reading);
    assert.equal(senseCode((await initiator.write(0, Buffer.alloc(512))).sense), writing);
    assert.equal(senseCode((await initiator.result(initiator.command(cdb10(0x35, 0, 0)))).sense), writing);
  }
  disk.code = '';
});

test('FUA and SYNCHRONIZE CACHE answer only when the disk has flushed', async (t) => {
  const { session, disk } = await serve(t);
  const initiator = await session();
  await initiator.write(0, Buffer.alloc(512));
  assert.equal(disk.flushes, 0);
  const fua = initiator.command(cdb10(0x2a, 0, 1, 0x08), { write: 512, immediate: Buffer.alloc(512) });
  assert.equal((await initiator.result(fua)).status, 0);
  assert.equal(disk.flushes, 1);
  assert.equal((await initiator.result(initiator.command(cdb10(0x35, 0, 0)))).status, 0);
  assert.equal(disk.flushes, 2);
});

test('a ping is echoed', async (t) => {
  const { session } = await serve(t);
  const initiator = await session();
  const header = new Uint8Array(BHS_LENGTH);
  const data = pattern(1000, 1);
  writeNopOut(
    { immediate: true, lun: 0, itt: 77, ttt: RESERVED_TAG, cmdSn: initiator.cmdSn, expStatSn: 1 },
    data.length,
    header,
  );
  initiator.send(header, data);
  const answer = await initiator.receiveKind(Opcode.NopIn);
  assert.equal(parseNopIn(answer.header).itt, 77);
  assert.deepEqual(Buffer.from(answer.data.subarray(0, dataLengthOf(answer.header))), data);
});

test('logout answers, then the connection ends', async (t) => {
  const { session, logouts } = await serve(t);
  const initiator = await session();
  const header = new Uint8Array(BHS_LENGTH);
  writeLogoutRequest(
    { immediate: false, reason: 0, itt: 9, cid: 0, cmdSn: initiator.cmdSn, expStatSn: 1 },
    header,
  );
  initiator.send(header);
  const answer = await initiator.receiveKind(Opcode.LogoutResponse);
  assert.equal(parseLogoutResponse(answer.header).result, 0);
  await initiator.ended();
  assert.deepEqual(
    logouts.map((event) => event.reason),
    ['logout'],
  );
});

function manage(initiator: TestInitiator, fn: number, referencedTag = RESERVED_TAG, refCmdSn = 0): void {
  const header = new Uint8Array(BHS_LENGTH);
  writeTaskManagementRequest(
    {
      immediate: true,
      function: fn,
      lun: 0,
      itt: 0x7000 + fn,
      referencedTag,
      cmdSn: initiator.cmdSn,
      expStatSn: 1,
      refCmdSn,
      expDataSn: 0,
    },
    header,
  );
  initiator.send(header);
}

test('an aborted write is answered by the abort alone, and only once the disk is done with it', async (t) => {
  const { session, disk } = await serve(t, { disk: new HeldDisk(1 << 20) });
  const initiator = await session();
  const itt = initiator.command(cdb10(0x2a, 0, 1), { write: 512, immediate: Buffer.alloc(512, 1) });
  await until(() => disk.held.length === 1, 'the write has reached the disk');
  manage(initiator, TaskFunction.AbortTask, itt, initiator.cmdSn - 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  disk.held[0]!.go();
  const answer = await initiator.receiveKind(Opcode.TaskManagementResponse);
  assert.equal(parseTaskManagementResponse(answer.header).response, 0);
  manage(initiator, TaskFunction.AbortTask, itt, initiator.cmdSn - 1);
  const again = await initiator.receiveKind(Opcode.TaskManagementResponse);
  assert.equal(parseTaskManagementResponse(again.header).response, 1);
  assert.equal((await initiator.testUnitReady()).status, 0);
});

test('a reset of the unit ends the tasks of all sessions and tells them', async (t) => {
  const { session, disk } = await serve(t, { disk: new HeldDisk(1 << 20) });
  const [a, b] = [await session(), await session({ isid: '00023d000002' })];
  b.command(cdb10(0x28, 0, 1), { read: 512 });
  await until(() => disk.held.length === 1, 'the read has reached the disk');
  manage(a, TaskFunction.LogicalUnitReset);
  disk.held[0]!.go();
  await a.receiveKind(Opcode.TaskManagementResponse);
  for (const initiator of [a, b]) {
    assert.equal(senseCode((await initiator.testUnitReady()).sense), '6/2903');
    assert.equal((await initiator.testUnitReady()).status, 0);
  }
});

test('two resets at the same time are both answered', async (t) => {
  const { session, disk } = await serve(t, { disk: new HeldDisk(1 << 20) });
  const [a, b] = [await session(), await session({ isid: '00023d000002' })];
  a.command(cdb10(0x28, 0, 1), { read: 512 });
  await until(() => disk.held.length === 1, 'the read has reached the disk');
  manage(a, TaskFunction.LogicalUnitReset);
  manage(b, TaskFunction.LogicalUnitReset);
  await new Promise((resolve) => setTimeout(resolve, 30));
  disk.held[0]!.go();
  await a.receiveKind(Opcode.TaskManagementResponse);
  await b.receiveKind(Opcode.TaskManagementResponse);
});

test('a malformed request that an abort lets start ends its session only', async (t) => {
  const { session, logouts } = await serve(t);
  const [bad, good] = [await session(), await session({ isid: '00023d000002' })];
  const text = new Uint8Array(BHS_LENGTH);
  const keys = Buffer.from('no equals sign');
  const request = {
    immediate: false,
    final: true,
    more: false,
    lun: 0,
    itt: 5,
    ttt: RESERVED_TAG,
    expStatSn: 1,
  };
  writeTextRequest({ ...request, cmdSn: bad.cmdSn + 1 }, keys.length, text);
  bad.send(text, keys);
  manage(bad, TaskFunction.AbortTask, 0x999, bad.cmdSn);
  await bad.receiveKind(Opcode.Reject);
  await bad.ended();
  assert.deepEqual(
    logouts.map((event) => event.reason),
    ['protocol_error'],
  );
  assert.equal((await good.testUnitReady()).status, 0);
});

test('an ordered command waits for the earlier ones and holds back the later ones', async (t) => {
  const { session, disk } = await serve(t, { disk: new HeldDisk(1 << 20) });
  const initiator = await session();
  const write = (attribute: number) =>
    initiator.command(cdb10(0x2a, 0, 1), { write: 512, immediate: Buffer.alloc(512), attribute });
  const tags = [write(1), write(1), write(2), write(1)];
  await until(() => disk.held.length === 2, 'the first two run');
  disk.held[0]!.go();
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(disk.held.length, 2);
  disk.held[1]!.go();
  await until(() => disk.held.length === 3, 'the ordered one runs alone');
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(disk.held.length, 3);
  disk.held[2]!.go();
  await until(() => disk.held.length === 4, 'the last one runs');
  disk.held[3]!.go();
  for (const tag of tags) assert.equal((await initiator.result(tag)).status, 0);
});

test("a write that a reset ends in the middle of a PDU spoils nobody else's buffers", async (t) => {
  const { session, disk } = await serve(t);
  const [a, b] = [await session(), await session({ isid: '00023d000002' })];
  const tag = a.command(cdb10(0x2a, 0, 8), { write: 4096 });
  const r2t = await a.receiveKind(Opcode.ReadyToTransfer);
  const half = new Uint8Array(BHS_LENGTH);
  writeDataOut(
    { final: true, lun: 0, itt: tag, ttt: u32(r2t.header, 20), expStatSn: 1, dataSn: 0, bufferOffset: 0 },
    4096,
    half,
  );
  a.socket.write(Buffer.concat([half, Buffer.alloc(2048, 0xee)]));
  await new Promise((resolve) => setTimeout(resolve, 30));
  manage(b, TaskFunction.LogicalUnitReset);
  await b.receiveKind(Opcode.TaskManagementResponse);
  await b.testUnitReady();
  // The other session's write asks for a buffer of the same size, and waits for its data.
  const mine = b.command(cdb10(0x2a, 8, 8), { write: 4096 });
  const ask = await b.receiveKind(Opcode.ReadyToTransfer);
  const piece = { itt: mine, ttt: u32(ask.header, 20) };
  b.dataOut({ ...piece, dataSn: 0, offset: 0, final: false }, Buffer.alloc(4000, 0x11));
  await new Promise((resolve) => setTimeout(resolve, 30));
  a.socket.write(Buffer.alloc(2048, 0xee));
  await new Promise((resolve) => setTimeout(resolve, 30));
  b.dataOut({ ...piece, dataSn: 1, offset: 4000, final: true }, Buffer.alloc(96, 0x11));
  assert.equal((await b.result(mine)).status, 0);
  assert.deepEqual(disk.bytes.subarray(4096, 8192), Buffer.alloc(4096, 0x11));
  assert.equal(disk.bytes[0], 0);
});

test('a client that dies in the middle of a write leaves no trace of it, and frees its place', async (t) => {
  const { session, disk, logouts, server } = await serve(t);
  const dying = await session();
  dying.command(cdb10(0x2a, 0, 16), { write: 8192 });
  await dying.receiveKind(Opcode.ReadyToTransfer);
  dying.dataOut({ itt: 1, ttt: 1, dataSn: 0, offset: 0, final: false }, Buffer.alloc(4096, 0xdd));
  await new Promise((resolve) => setTimeout(resolve, 30));
  dying.socket.resetAndDestroy();
  await until(() => logouts.length === 1, 'the session has ended');
  assert.equal(disk.bytes[0], 0);
  assert.equal(server.sessions().length, 0);
  const next = await session();
  assert.equal((await next.write(0, Buffer.alloc(512, 1))).status, 0);
});

test('a PDU that is not known is rejected, one that breaks the protocol ends its session only', async (t) => {
  const { session, logouts } = await serve(t);
  const [bad, good] = [await session(), await session({ isid: '00023d000002' })];
  const unknown = new Uint8Array(BHS_LENGTH);
  unknown[0] = 0x40 | 0x1c;
  bad.send(unknown);
  assert.equal(
    parseReject((await bad.receiveKind(Opcode.Reject)).header).reason,
    RejectReason.CommandNotSupported,
  );
  const huge = new Uint8Array(BHS_LENGTH);
  huge[0] = 0x01;
  huge.set([0xff, 0xff, 0xff], 5);
  bad.send(huge);
  const last = await bad.receive();
  assert.equal(opcodeOf(last!.header), Opcode.Reject);
  await bad.ended();
  assert.deepEqual(
    logouts.map((event) => event.reason),
    ['protocol_error'],
  );
  assert.equal((await good.testUnitReady()).status, 0);
});

test('what an initiator does not read holds back itself, not the server', async (t) => {
  const { session, disk } = await serve(t, { disk: new MemoryDisk(16 << 20) });
  disk.bytes.fill(0x11);
  const [greedy, good] = [await session(), await session({ isid: '00023d000002' })];
  greedy.socket.pause();
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 30; i += 1) greedy.command(cdb10(0x28, 0, 8192), { read: 4 << 20 });
  for (let i = 0; i < 20; i += 1) {
    assert.equal((await good.read(i, 8)).status, 0);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // 120 MiB were asked for; a few are held.
  assert.ok(process.memoryUsage().arrayBuffers - before < 48 << 20);
});

test('statistics count what was moved', async (t) => {
  const { session, server } = await serve(t);
  const initiator = await session();
  await initiator.write(0, Buffer.alloc(4096));
  await initiator.read(0, 8);
  await initiator.read(0, 1);
  const { reads, writes, readBytes, writtenBytes } = server.stats(TARGET);
  assert.deepEqual(
    { reads, writes, readBytes, writtenBytes },
    { reads: 2, writes: 1, readBytes: 4608, writtenBytes: 4096 },
  );
});

test('a whole file may be read by one command, as UEFI firmware does, and comes in order', async (t) => {
  const disk = new MemoryDisk(32 << 20);
  const blocks = 40_000;
  for (const block of [0, 8191, 8192, blocks - 1])
    await disk.write(block * 512, Buffer.alloc(512, (block % 255) + 1));
  const served = await serve(t, { disk });
  const initiator = await served.session();
  const result = await initiator.result(initiator.command(cdb10(0x28, 0, blocks), { read: blocks * 512 }));
  assert.equal(result.status, 0);
  assert.equal(result.data.length, blocks * 512);
  for (const block of [0, 8191, 8192, blocks - 1])
    assert.equal(result.data[block * 512], (block % 255) + 1, `block ${block}`);
});
