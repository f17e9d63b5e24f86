/**
 * A disk behind a socket file, by the NBD protocol (NetworkBlockDevice/nbd, doc/proto.md: fixed newstyle, simple replies):
 * the one thing that a guest's QEMU is connected to, so that it needs no network. What comes from there is not trusted:
 * every length is bounded before it is believed, and whatever breaks the protocol ends the connection.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { OpenDisk } from '@bullion/volumes';

/** Of one read or write; QEMU asks for 32 MiB at most when it is told so. */
const REQUEST_BYTES = 32 * 2 ** 20;
const SECTOR = 512;
const OPTION_BYTES = 4096;

const OPTION_MAGIC = 0x49484156454f5054n; // IHAVEOPT
const OPTION_REPLY = 0x0003e889045565a9n;
const REQUEST = 0x25609513;
const REPLY = 0x67446698;

const HANDSHAKE_FLAGS = 1 | 2; // fixed newstyle, no zeroes
const OPT = { abort: 2, go: 7 } as const;
const REP = { ack: 1, info: 3, unsupported: 0x80000001 } as const;
const INFO = { export: 0, blockSize: 3 } as const;
const EXPORT_FLAGS = 1 | 4 | 32 | 64; // has flags; can flush, trim, write zeroes
const CMD = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4, writeZeroes: 6 } as const;
const EIO = 5;
const EINVAL = 22;
const ENOSPC = 28;

type Disk = Pick<OpenDisk, 'sizeBytes' | 'read' | 'write' | 'flush' | 'discard'>;

export class NbdServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #served = new Set<{ socket: Socket; done: Promise<void> }>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Serves `disk` at `path`, to whoever may enter the folder. The disk is flushed, not closed, at the end. */
  static async listen(disk: Disk, path: string): Promise<NbdServer> {
    const server = createServer();
    const made = new NbdServer(server);
    server.on('connection', (socket) => made.#accept(socket, disk));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    chmodSync(path, 0o666);
    return made;
  }

  #accept(socket: Socket, disk: Disk): void {
    socket.on('error', () => {});
    const done = serve(socket, disk)
      .catch(() => {}) // It broke off, or broke the protocol: the disk is as its writes have left it.
      .finally(() => socket.destroy());
    const served = { socket, done };
    this.#served.add(served);
    void done.finally(() => this.#served.delete(served));
  }

  /** Ends all connections; what was asked for is through then. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    const served = [...this.#served];
    for (const { socket } of served) socket.destroy();
    await Promise.all(served.map(({ done }) => done));
  }
}

async function serve(socket: Socket, disk: Disk): Promise<void> {
  const reader = new ByteReader(socket);
  const greeting = Buffer.alloc(18);
  greeting.write('NBDMAGICIHAVEOPT');
  greeting.writeUInt16BE(HANDSHAKE_FLAGS, 16);
  socket.write(greeting);
  await reader.take(4); // The client's flags: it asks for what it wants by options.
  if (!(await negotiate(reader, socket, disk))) return;
  while (await answer(reader, socket, disk)) {}
}

/** True once the client has chosen the one disk that there is. */
async function negotiate(reader: ByteReader, socket: Socket, { sizeBytes }: Disk): Promise<boolean> {
  for (;;) {
    const head = await reader.take(16);
    const length = head.readUInt32BE(12);
    if (head.readBigUInt64BE(0) !== OPTION_MAGIC || length > OPTION_BYTES) throw new Error('no option');
    const option = head.readUInt32BE(8);
    await reader.take(length);
    const reply = (type: number, data: Buffer = Buffer.alloc(0)) => {
      const header = Buffer.alloc(20);
      header.writeBigUInt64BE(OPTION_REPLY);
      header.writeUInt32BE(option, 8);
      header.writeUInt32BE(type, 12);
      header.writeUInt32BE(data.length, 16);
      socket.write(Buffer.concat([header, data]));
    };
    if (option === OPT.go) {
      reply(REP.info, exportInfo(sizeBytes));
      reply(REP.info, blockSizeInfo());
      reply(REP.ack);
      return true;
    }
    reply(option === OPT.abort ? REP.ack : REP.unsupported);
    if (option === OPT.abort) return false;
  }
}

function exportInfo(sizeBytes: number): Buffer {
  const info = Buffer.alloc(12);
  info.writeUInt16BE(INFO.export);
  info.writeBigUInt64BE(BigInt(sizeBytes), 2);
  info.writeUInt16BE(EXPORT_FLAGS, 10);
  return info;
}

function blockSizeInfo(): Buffer {
  const info = Buffer.alloc(14);
  info.writeUInt16BE(INFO.blockSize);
  info.writeUInt32BE(SECTOR, 2);
  info.writeUInt32BE(4096, 6);
  info.writeUInt32BE(REQUEST_BYTES, 10);
  return info;
}

/** False when the client has ended. */
async function answer(reader: ByteReader, socket: Socket, disk: Disk): Promise<boolean> {
  const request = await reader.take(28);
  if (request.readUInt32BE(0) !== REQUEST) throw new Error('no request');
  const command = request.readUInt16BE(6);
  const cookie = request.subarray(8, 16);
  const offset = Number(request.readBigUInt64BE(16));
  const length = request.readUInt32BE(24);
  if (command === CMD.disconnect) {
    await disk.flush();
    return false;
  }
  const carries = command === CMD.read || command === CMD.write;
  if (carries && length > REQUEST_BYTES) throw new Error('a request that is too long');
  const data = command === CMD.write ? await reader.take(length) : undefined;
  const isInside = offset + length <= disk.sizeBytes && offset % SECTOR === 0 && length % SECTOR === 0;
  const error = command === CMD.flush || isInside ? 0 : EINVAL;
  const result = error === 0 ? await perform(disk, command, offset, length, data) : error;
  const reply = Buffer.alloc(16);
  reply.writeUInt32BE(REPLY);
  reply.writeUInt32BE(typeof result === 'number' ? result : 0, 4);
  cookie.copy(reply, 8);
  socket.write(reply);
  // The client reads no faster than it wants to: what it has not read yet is not piled up here.
  if (typeof result !== 'number' && !socket.write(result)) await drained(socket);
  return true;
}

/** The data that was read, or an errno. */
async function perform(
  disk: Disk,
  command: number,
  offset: number,
  length: number,
  data: Buffer | undefined,
): Promise<Buffer | number> {
  try {
    if (command === CMD.read) {
      const into = Buffer.alloc(length);
      await disk.read(offset, into);
      return into;
    }
    if (command === CMD.write) await disk.write(offset, data!);
    else if (command === CMD.flush) await disk.flush();
    else if (command === CMD.trim || command === CMD.writeZeroes) await disk.discard(offset, length);
    else return EINVAL;
    return 0;
  } catch (error) {
    return (error as { code?: string }).code === 'no-space' ? ENOSPC : EIO;
  }
}

const drained = (socket: Socket) =>
  new Promise<void>((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => resolve());
  });

/** So many bytes at a time; throws where the stream ends before. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<Buffer> {
    const parts = [this.#held];
    for (let have = this.#held.length; have < count; ) {
      const { value, done } = await this.#chunks.next();
      if (done) throw new Error('the client is gone');
      parts.push(value);
      have += value.length;
    }
    const all = parts.length === 1 ? this.#held : Buffer.concat(parts);
    this.#held = all.subarray(count);
    return all.subarray(0, count);
  }
}
