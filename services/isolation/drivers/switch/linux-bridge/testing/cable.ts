/**
 * A cable of a machine in QEMU whose other end is this test: whole Ethernet frames over a Unix socket (`-netdev stream`
 * sends each with its length before it). So the test itself is the server's NIC: it needs no rights, no tap, no kernel
 * that knows VLANs, and it sends exactly the tags that it means.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** IEEE 802 local experimental ethertype 1. */
const ETHERTYPE = 0x88b5;
const TAG = 0x8100;
const MIN_FRAME = 60;
const HEADER = 18;

export type Heard = { readonly vlan: number | null; readonly word: string };

export class Cable {
  readonly mac: Buffer;
  readonly #server: Server;
  readonly #ears = new Set<(heard: Heard, from: Buffer) => void>();
  #socket: Socket | undefined;
  #buffer = Buffer.alloc(0);

  private constructor(server: Server, number: number) {
    this.#server = server;
    this.mac = Buffer.from([0x02, 0xb0, 0, 0, 0, number]);
    server.on('connection', (socket) => {
      this.#socket = socket;
      socket.on('data', (chunk: Buffer) => this.#receive(chunk));
      socket.on('error', () => {});
    });
  }

  static async listen(path: string, number: number): Promise<Cable> {
    const server = createServer().listen(path);
    await once(server, 'listening');
    return new Cable(server, number);
  }

  /** Sends one frame; a vlan of null sends it without a tag. */
  send(to: Buffer, vlan: number | null, word: string, from = this.mac): void {
    const tag = vlan === null ? [] : [short(TAG), short(vlan)];
    const payload = Buffer.from(`${word}\0`);
    const head = Buffer.concat([to, from, ...tag, short(ETHERTYPE), payload]);
    const frame = Buffer.concat([head, Buffer.alloc(Math.max(0, MIN_FRAME - head.length))]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(frame.length);
    this.#socket?.write(Buffer.concat([length, frame]));
  }

  /** Calls back with every frame of ours that arrives for this NIC, until the returned function is called. */
  hear(ear: (heard: Heard, from: Buffer) => void): () => void {
    this.#ears.add(ear);
    return () => this.#ears.delete(ear);
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length >= 4) {
      const length = this.#buffer.readUInt32BE(0);
      if (this.#buffer.length < 4 + length) return;
      this.#frame(this.#buffer.subarray(4, 4 + length));
      this.#buffer = this.#buffer.subarray(4 + length);
    }
  }

  #frame(frame: Buffer): void {
    // Shorter than a frame may be on a wire: nobody fills up what lost its tag in a machine.
    if (frame.length < HEADER || !(frame.subarray(0, 6).equals(this.mac) || frame[0]! & 1)) return;
    const tagged = frame.readUInt16BE(12) === TAG;
    const vlan = tagged ? frame.readUInt16BE(14) & 0xfff : null;
    const payload = frame.subarray(tagged ? 18 : 14);
    if (frame.readUInt16BE(tagged ? 16 : 12) !== ETHERTYPE) return;
    const word = payload.subarray(0, payload.indexOf(0)).toString();
    for (const ear of this.#ears) ear({ vlan, word }, Buffer.from(frame.subarray(6, 12)));
  }
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
