/** A disk that another process serves over NBD on a local socket, such as qemu-nbd. */
import { connect, type Socket } from 'node:net';
import { IscsiError } from '../../errors.ts';
import { messageOf } from '../../message.ts';
import type { Disk } from '../../scsi/disk.ts';
import * as codec from './nbd-codec.ts';

type Pending = { into: Uint8Array | undefined; resolve(): void; reject(error: Error): void };

/** Servers take 32 MiB of data a request, and longer ranges of zeros. */
const ZERO_BYTES = 256 << 20;
const ERRNO: Record<number, string> = { 1: 'EPERM', 5: 'EIO', 12: 'ENOMEM', 22: 'EINVAL', 28: 'ENOSPC' };

export class NbdDisk implements Disk {
  readonly id: string;
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  readonly discard: Disk['discard'];
  readonly #socket: Socket;
  readonly #canFlush: boolean;
  readonly #pending = new Map<number, Pending>();
  readonly #header = Buffer.alloc(codec.REPLY_LENGTH);
  #headerHeld = 0;
  /** The read whose data comes now, and how much of it is here. */
  #filling: Pending | undefined;
  #filled = 0;
  #nextHandle = 1;
  #failure: Error | undefined;

  private constructor(socket: Socket, id: string, what: codec.Export) {
    this.#socket = socket;
    this.id = id;
    this.sizeBytes = what.sizeBytes - (what.sizeBytes % 512);
    this.readOnly = what.readOnly;
    this.#canFlush = what.canFlush;
    if (what.canZero && !what.readOnly) this.discard = (offset, length) => this.#zero(offset, length);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('The connection is closed.')));
  }

  /** The server's default export. */
  static async open(socketPath: string, id: string): Promise<NbdDisk> {
    const socket = connect(socketPath);
    try {
      const greeting = await take(socket, codec.GREETING_LENGTH);
      codec.checkGreeting(greeting);
      socket.write(codec.formatGo());
      let found: codec.Export | undefined;
      for (;;) {
        const { type, length } = codec.parseOptionReply(await take(socket, codec.OPTION_REPLY_LENGTH));
        const data = length === 0 ? Buffer.alloc(0) : await take(socket, length);
        if (codec.isAck(type)) break;
        found = codec.parseExport(type, data) ?? found;
      }
      if (found === undefined) throw new IscsiError('nbd_protocol', 'The NBD server did not name its size.');
      return new NbdDisk(socket, id, found);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  read(offsetBytes: number, into: Uint8Array): Promise<void> {
    return this.#request(codec.NbdCommand.Read, offsetBytes, into.length, { into });
  }

  write(offsetBytes: number, data: Uint8Array): Promise<void> {
    return this.#request(codec.NbdCommand.Write, offsetBytes, data.length, { data });
  }

  flush(): Promise<void> {
    return this.#canFlush ? this.#request(codec.NbdCommand.Flush, 0, 0, {}) : Promise.resolve();
  }

  async #zero(offset: number, length: number): Promise<void> {
    for (let at = 0; at < length; at += ZERO_BYTES) {
      const piece = Math.min(ZERO_BYTES, length - at);
      await this.#request(codec.NbdCommand.WriteZeroes, offset + at, piece, {});
    }
  }

  /** Lets the server know; nothing may be under way. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.end(codec.formatRequest(codec.NbdCommand.Disconnect, 0, 0, 0));
    const timer = setTimeout(() => this.#socket.destroy(), 2000);
    await closed;
    clearTimeout(timer);
  }

  #request(
    command: number,
    offset: number,
    length: number,
    { into, data }: { into?: Uint8Array; data?: Uint8Array },
  ): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const handle = this.#nextHandle++;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pending.set(handle, { into, resolve, reject });
    const header = codec.formatRequest(command, handle, offset, length);
    if (data === undefined) this.#socket.write(header);
    else {
      this.#socket.cork();
      this.#socket.write(header);
      this.#socket.write(data);
      this.#socket.uncork();
    }
    return promise;
  }

  #receive(chunk: Buffer): void {
    try {
      for (let at = 0; at < chunk.length; )
        at =
          this.#filling === undefined
            ? this.#takeHeader(chunk, at)
            : this.#takeData(this.#filling, chunk, at);
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
  }

  #takeHeader(chunk: Buffer, at: number): number {
    const count = chunk.copy(this.#header, this.#headerHeld, at);
    this.#headerHeld += count;
    if (this.#headerHeld < codec.REPLY_LENGTH) return at + count;
    this.#headerHeld = 0;
    const { error, handle } = codec.parseReply(this.#header);
    const pending = this.#pending.get(handle);
    if (pending === undefined)
      throw new IscsiError('nbd_protocol', 'The NBD server answered what nobody asked.');
    this.#pending.delete(handle);
    if (error !== 0) {
      const code = ERRNO[error] ?? 'EIO';
      pending.reject(new IscsiError(code, `The disk's server failed: ${code}.`));
    } else if (pending.into === undefined) pending.resolve();
    else this.#filling = pending;
    return at + count;
  }

  #takeData(pending: Pending, chunk: Buffer, at: number): number {
    const into = pending.into!;
    const count = Math.min(into.length - this.#filled, chunk.length - at);
    into.set(chunk.subarray(at, at + count), this.#filled);
    this.#filled += count;
    if (this.#filled === into.length) {
      this.#filling = undefined;
      this.#filled = 0;
      pending.resolve();
    }
    return at + count;
  }

  #fail(cause: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = new IscsiError('nbd_gone', `The disk's server is gone: ${messageOf(cause)}`, { cause });
    this.#filling?.reject(this.#failure);
    for (const pending of this.#pending.values()) pending.reject(this.#failure);
    this.#pending.clear();
  }
}

const HANDSHAKE_MS = 5000;

/** Exactly so many bytes, while nobody else reads. */
function take(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(new Error('The NBD server does not answer.')), HANDSHAKE_MS);
    const done = (error?: Error, bytes?: Buffer): void => {
      clearTimeout(timer);
      socket.off('readable', look).off('error', done).off('close', closed);
      if (bytes !== undefined) resolve(bytes);
      else reject(error);
    };
    const look = (): void => {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes !== null) done(undefined, bytes);
    };
    const closed = (): void => done(new Error('The NBD server closed the connection.'));
    socket.on('readable', look).once('error', done).once('close', closed);
    look();
  });
}
