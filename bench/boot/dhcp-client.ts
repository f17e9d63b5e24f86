/** DHCP as many clients at once ask it: one socket, a hardware address and a transaction for each (RFC 2131). */
import { createSocket, type Socket } from 'node:dgram';

const MAGIC = 0x63825363;
const DISCOVER = 1;
const OFFER = 2;
const REQUEST = 3;
const ACK = 5;
const BROADCAST = 0x8000;
/** A client that hears nothing asks again, as firmware does. */
const PATIENCE_MS = 4000;
const TRIES = 4;

export type Lease = { address: string; bootFile: string };
type Option = readonly [code: number, value: Buffer];
type Answer = { type: number; address: string; server: Buffer; bootFile: string };

/** As UEFI firmware says it (options 60 and 93); iPXE adds its own (175). */
const FIRMWARE: Option[] = [
  [60, Buffer.from('PXEClient:Arch:00007')],
  [93, Buffer.from([0, 7])],
  [55, Buffer.from([1, 3, 6, 54, 66, 67])],
];
const IPXE: Option[] = [...FIRMWARE, [175, Buffer.from([0xb1, 1, 1])]];

export class DhcpClients {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #nextId = 1;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (message) => {
      const answer = parse(message);
      if (answer) this.#waiting.get(message.readUInt32BE(4))?.(answer);
    });
  }

  static async open(): Promise<DhcpClients> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(68, '0.0.0.0', resolve));
    socket.setBroadcast(true);
    return new DhcpClients(socket);
  }

  /** Discover, offer, request, acknowledgement. */
  async lease(mac: string, as: 'firmware' | 'ipxe'): Promise<Lease> {
    const options = as === 'ipxe' ? IPXE : FIRMWARE;
    const offer = await this.#ask(mac, DISCOVER, OFFER, options);
    const address = Buffer.from(offer.address.split('.').map(Number));
    const named: Option[] = [[50, address], [54, offer.server], ...options];
    const { bootFile } = await this.#ask(mac, REQUEST, ACK, named);
    return { address: offer.address, bootFile };
  }

  close(): void {
    this.#socket.close();
  }

  async #ask(mac: string, type: number, wanted: number, options: Option[]): Promise<Answer> {
    const id = this.#nextId++;
    const message = compose(id, mac, [[53, Buffer.from([type])], ...options]);
    try {
      for (let turn = 0; turn < TRIES; turn++) {
        const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
        const late = setTimeout(() => resolve(undefined), PATIENCE_MS);
        this.#waiting.set(id, (answer) => answer.type === wanted && resolve(answer));
        this.#socket.send(message, 67, '255.255.255.255');
        const answer = await promise;
        clearTimeout(late);
        if (answer) return answer;
      }
    } finally {
      this.#waiting.delete(id);
    }
    throw new Error(`Nobody answers ${mac} by DHCP.`);
  }
}

function compose(id: number, mac: string, options: Option[]): Buffer {
  const head = Buffer.alloc(240);
  head.set([1, 1, 6, 0]);
  head.writeUInt32BE(id, 4);
  head.writeUInt16BE(BROADCAST, 10);
  head.set(Buffer.from(mac.replaceAll(':', ''), 'hex'), 28);
  head.writeUInt32BE(MAGIC, 236);
  const tail = options.map(([code, value]) => Buffer.concat([Buffer.from([code, value.length]), value]));
  return Buffer.concat([head, ...tail, Buffer.from([255])]);
}

function parse(message: Buffer): Answer | undefined {
  if (message.length < 241 || message[0] !== 2) return undefined;
  const options = new Map<number, Buffer>();
  for (let at = 240; at < message.length && message[at] !== 255; ) {
    if (message[at] === 0) {
      at++;
      continue;
    }
    const length = message[at + 1]!;
    options.set(message[at]!, message.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  const text = (bytes: Buffer) => bytes.toString('latin1').replace(/\0.*$/s, '');
  return {
    type: options.get(53)?.[0] ?? 0,
    address: [...message.subarray(16, 20)].join('.'),
    server: options.get(54) ?? Buffer.alloc(4),
    // Of a long name the option has the room, else the field of the header.
    bootFile: text(options.get(67) ?? message.subarray(108, 236)),
  };
}
