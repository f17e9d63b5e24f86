/**
 * Hostile initiators against a live server in this process: whatever they send, the server stays, an honest session
 * beside them gets its own data, and memory is bounded. `FUZZ_INPUTS` and `FUZZ_SEED` run it for longer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryDisk } from './disks/memory-disk.ts';
import { BHS_LENGTH, Opcode, RESERVED_TAG } from './pdu/bhs.ts';
import { putU24, putU32 } from './pdu/bytes.ts';
import { NODE, serve, TARGET } from './testing/fixture.ts';
import { TestInitiator } from './testing/initiator.ts';

const INPUTS = Number(process.env.FUZZ_INPUTS ?? 4000);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);

/** Mulberry32: small, and the same everywhere. */
function random(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    below: (n: number) => Math.floor(next() * n),
    pick: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!,
    bytes: (n: number) => Uint8Array.from({ length: n }, () => Math.floor(next() * 256)),
  };
}

const HOSTILE = 'iqn.2026-01.org.example:hostile';

type Random = ReturnType<typeof random>;

const OPCODES = [0x00, 0x01, 0x01, 0x01, 0x02, 0x03, 0x04, 0x05, 0x05, 0x06, 0x10, 0x1c, 0x3f];
const CDB_OPCODES = [
  0x00, 0x03, 0x08, 0x0a, 0x12, 0x15, 0x16, 0x17, 0x1a, 0x1b, 0x1e, 0x25, 0x28, 0x2a, 0x2e, 0x2f, 0x34, 0x35,
  0x41, 0x42, 0x48, 0x5a, 0x5e, 0x5f, 0x83, 0x84, 0x88, 0x89, 0x8a, 0x8b, 0x8f, 0x93, 0x9e, 0xa0, 0xa3, 0xff,
];

/** A PDU that is nearly right: its fields are plausible, some are not. */
function nearlyRight(r: Random, initiator: TestInitiator): { header: Uint8Array; data: Uint8Array } {
  const header = r.below(4) === 0 ? r.bytes(BHS_LENGTH) : new Uint8Array(BHS_LENGTH);
  const opcode = r.pick(OPCODES);
  header[0] = opcode | (r.below(4) === 0 ? 0x40 : 0);
  header[1] = r.below(3) === 0 ? r.below(256) : r.pick([0x80, 0xc1, 0xa1, 0x21, 0x81, 0xe1]);
  header[4] = r.below(30) === 0 ? r.below(256) : 0;
  const length = r.pick([0, 0, 0, 1, 8, 48, 512, 512, 4096, 8192]);
  const data = r.below(2) === 0 ? r.bytes(length) : new Uint8Array(length);
  putU24(header, 5, r.below(40) === 0 ? r.below(1 << 24) : length);
  if (r.below(8) !== 0) header.fill(0, 8, 16);
  putU32(header, 16, r.below(6) === 0 ? RESERVED_TAG : r.below(12));
  putU32(header, 20, r.pick([length, 512, 4096, RESERVED_TAG, r.below(1 << 23), 1, 2, 3]));
  const sn = r.pick([
    initiator.cmdSn,
    initiator.cmdSn,
    initiator.cmdSn,
    initiator.cmdSn + r.below(40),
    r.below(1 << 30),
  ]);
  putU32(header, 24, sn);
  if (sn === initiator.cmdSn && (header[0]! & 0x40) === 0 && opcode < 7 && opcode !== 5) initiator.cmdSn += 1;
  if (opcode === Opcode.ScsiCommand) {
    header[32] = r.pick(CDB_OPCODES);
    // Most ask for something that exists: a few blocks near the start.
    if (r.below(3) !== 0) header.set([0, 0, 0, 0, r.below(64), 0, 0, r.below(9)], 33);
  }
  if (opcode === Opcode.DataOut) {
    putU32(header, 36, r.below(3));
    putU32(header, 40, r.pick([0, 512, 4096, r.below(1 << 20)]));
  }
  return { header, data };
}

/** Returns how many inputs it sent. */
async function attack(r: Random, initiator: TestInitiator): Promise<number> {
  const count = 1 + r.below(30);
  for (let i = 0; i < count && !initiator.closed; i += 1) {
    const kind = r.below(20);
    if (kind === 0) initiator.socket.write(r.bytes(1 + r.below(300)));
    else {
      const { header, data } = nearlyRight(r, initiator);
      if (kind === 1) initiator.socket.write(header.subarray(0, r.below(BHS_LENGTH)));
      else initiator.send(header, kind === 2 ? data.subarray(0, data.length >> 1) : data);
    }
    if (r.below(10) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (r.below(3) === 0) initiator.socket.resetAndDestroy();
  else await new Promise((resolve) => setTimeout(resolve, 2));
  initiator.destroy();
  return count;
}

/** Stands in the honest node's disk only: an attacker that receives it has got another's data. */
const SECRET = Buffer.from('data of the honest node alone ..');
const HONEST = `${TARGET}-honest`;

test(`hostile initiators (seed ${SEED}) neither disturb an honest one nor see its data`, async (t) => {
  t.diagnostic(`${INPUTS} inputs, FUZZ_SEED=${SEED}`);
  const { session, connect, port, server } = await serve(t, { server: { loginTimeoutMs: 1000 } });
  const disk = new MemoryDisk(1 << 20);
  disk.bytes.fill(SECRET);
  server.addTarget({ name: HONEST, disk, initiators: [NODE] });
  const errors: unknown[] = [];
  const record = (error: unknown) => errors.push(error);
  process.on('unhandledRejection', record);
  t.after(() => process.off('unhandledRejection', record));

  const honest = await session({ target: HONEST });
  const r = random(SEED);
  let leaks = 0;
  for (let sent = 0, wave = 0; sent < INPUTS; wave += 1) {
    const attackers = Array.from({ length: 6 }, async (_, i) => {
      const initiator = await TestInitiator.connect(port);
      initiator.socket.on('data', (chunk) => {
        if (chunk.includes(SECRET)) leaks += 1;
      });
      if (r.below(5) !== 0) {
        const isid = `00023d00${i.toString(16).padStart(2, '0')}${r.below(4).toString(16).padStart(2, '0')}`;
        const digests: Record<string, string> =
          r.below(4) === 0 ? { HeaderDigest: 'CRC32C', DataDigest: 'CRC32C' } : {};
        const target = r.below(20) === 0 ? HONEST : TARGET;
        const login = {
          target,
          initiator: HOSTILE,
          noSecurityStage: true,
          isid,
          keys: { InitialR2T: 'No', ...digests },
        };
        await initiator.login(login).catch(() => undefined);
      }
      return attack(r, initiator);
    });
    // The honest one works meanwhile.
    const lba = (wave * 8) % 1000;
    const written = await honest.write(lba, Buffer.alloc(4096, SECRET));
    const read = await honest.read(lba, 8);
    assert.deepEqual([written.status, read.status], [0, 0]);
    assert.deepEqual(read.data, Buffer.alloc(4096, SECRET));
    for (const count of await Promise.all(attackers)) sent += count;
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(leaks, 0);
  assert.deepEqual(errors, []);
  assert.equal(disk.bytes.equals(Buffer.alloc(1 << 20, SECRET)), true);
  assert.deepEqual(
    server.sessions().map((info) => info.target),
    [HONEST],
  );
  assert.ok(process.memoryUsage().arrayBuffers < 256 << 20);
  const fresh = await connect();
  assert.equal((await fresh.login({ target: TARGET, initiator: NODE })).status, 0);
});
