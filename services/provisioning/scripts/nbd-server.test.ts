/** The NBD server, asked by QEMU's own client, and by one that breaks the protocol. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { run } from '@bullion/service';
import { isPresent } from '@bullion/service/presence';
import { NbdServer } from './nbd-server.ts';

const skip = !isPresent('qemu-io') && 'needs qemu-utils';
const MIB = 2 ** 20;

/** A disk in memory that counts its flushes. */
class MemoryDisk {
  readonly bytes = Buffer.alloc(4 * MIB);
  readonly sizeBytes = this.bytes.length;
  flushes = 0;
  fails: string | undefined;

  async read(offset: number, into: Uint8Array): Promise<void> {
    this.bytes.copy(into, 0, offset);
  }

  async write(offset: number, data: Uint8Array): Promise<void> {
    if (this.fails) throw Object.assign(new Error('no'), { code: this.fails });
    this.bytes.set(data, offset);
  }

  async flush(): Promise<void> {
    this.flushes++;
  }

  async discard(offset: number, length: number): Promise<void> {
    this.bytes.fill(0, offset, offset + length);
  }
}

let folder: string;
let disk: MemoryDisk;
let server: NbdServer;
const socketPath = () => join(folder, 'disk');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bullion-nbd-'));
  disk = new MemoryDisk();
  server = await NbdServer.listen(disk, socketPath());
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function qemuIo(...commands: string[]): Promise<string> {
  const args = [
    '-f',
    'raw',
    ...commands.flatMap((each) => ['-c', each]),
    `nbd+unix:///?socket=${socketPath()}`,
  ];
  const { stdout, stderr } = await run('qemu-io', args, { timeoutMs: 20_000 });
  return stdout + stderr;
}

test('what QEMU writes is on the disk, flushed, and is read back', { skip }, async () => {
  const said = await qemuIo('write -P 0xab 1M 64k', 'flush', 'read -P 0xab 1M 64k', 'read -P 0 0 1M');
  assert.match(said, /wrote 65536\/65536/);
  assert.doesNotMatch(said, /fail|error/i);
  assert.ok(disk.bytes.subarray(MIB, MIB + 65536).every((byte) => byte === 0xab));
  assert.ok(disk.flushes > 0);
});

test('what QEMU discards or zeroes reads as zeros', { skip }, async () => {
  disk.bytes.fill(0xff);
  const said = await qemuIo('discard 0 1M', 'write -z 1M 1M');
  assert.doesNotMatch(said, /fail|error/i);
  assert.ok(disk.bytes.subarray(0, 2 * MIB).every((byte) => byte === 0));
  assert.equal(disk.bytes[2 * MIB], 0xff);
});

test('a disk that is full is told as such, and the connection goes on', { skip }, async () => {
  disk.fails = 'no-space';
  assert.match(await qemuIo('write 0 4k', 'read 0 4k'), /write failed: No space left[\s\S]*read 4096\/4096/);
});

/** A client by hand: options answered, it is at the first request. */
async function transmission(): Promise<Socket> {
  const socket = connect(socketPath());
  const heard = collect(socket);
  await heard(18);
  const go = Buffer.alloc(26);
  go.writeUInt32BE(3);
  go.write('IHAVEOPT', 4);
  go.writeUInt32BE(7, 12);
  go.writeUInt32BE(6, 16);
  socket.write(go);
  await heard(18 + 32 + 34 + 20);
  return socket;
}

function collect(socket: Socket): (bytes: number) => Promise<Buffer> {
  let all = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    all = Buffer.concat([all, chunk]);
  });
  return async (bytes) => {
    while (all.length < bytes) await new Promise((resolve) => socket.once('data', resolve));
    return all;
  };
}

function request(command: number, offset: bigint, length: number): Buffer {
  const b = Buffer.alloc(28);
  b.writeUInt32BE(0x25609513);
  b.writeUInt16BE(command, 6);
  b.write('cookie01', 8);
  b.writeBigUInt64BE(offset, 16);
  b.writeUInt32BE(length, 24);
  return b;
}

for (const [what, asked] of [
  ['beyond the end', request(0, BigInt(4 * MIB - 512), 1024)],
  ['at an offset that no number holds', request(0, 0xffff_ffff_ffff_fe00n, 512)],
  ['between sectors', request(0, 100n, 512)],
] as const) {
  test(`a read ${what} is an error of that read alone`, async () => {
    const socket = await transmission();
    const heard = collect(socket);
    socket.write(asked);
    const reply = await heard(16);
    assert.deepEqual([reply.readUInt32BE(4), reply.toString('latin1', 8, 16)], [22, 'cookie01']);
    socket.write(request(0, 0n, 512));
    assert.equal((await heard(16 + 16 + 512)).readUInt32BE(20), 0);
    socket.destroy();
  });
}

for (const [what, bytes] of [
  ['a request that is none', Buffer.alloc(28, 1)],
  ['a write that is too long', request(1, 0n, 0xffff_fe00)],
] as const) {
  test(`${what} ends the connection, and no other`, async () => {
    const [bad, good] = [await transmission(), await transmission()];
    bad.write(bytes);
    await new Promise((resolve) => bad.once('close', resolve));
    const heard = collect(good);
    good.write(request(0, 0n, 512));
    assert.equal((await heard(16 + 512)).readUInt32BE(4), 0);
    good.destroy();
  });
}

test('a server that closes ends who is connected', async () => {
  const socket = await transmission();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await server[Symbol.asyncDispose]();
  await closed;
});
