/**
 * One TCP connection: bytes in and out, PDUs to whoever handles them now (the login, then the session). It closes on
 * the first byte that breaks the protocol, and nothing that an initiator sends makes it throw.
 */
import type { Socket } from 'node:net';
import { PduError } from '../errors.ts';
import { messageOf } from '../message.ts';
import { Framer, type PduHandler } from '../pdu/framer.ts';
import type { BufferPool } from './buffer-pool.ts';
import { FrameFormat } from './frame.ts';
import { adopt } from './intake.ts';
import { Sender } from './sender.ts';

export type ConnectionHandler = PduHandler & {
  /** The stream is beyond repair. What is sent here still goes out; the connection ends after it. */
  broken(error: Error): void;
  /** Called once, whatever the cause. */
  closed(): void;
};

/** How long a peer that does not read may hold back the last bytes. */
const LINGER_MS = 3000;
/** Finds a peer that lost its power: first probe after this; then ten, a second apart (libuv's choice). */
const KEEPALIVE_MS = 20_000;

export class Connection {
  readonly format = new FrameFormat();
  readonly framer: Framer;
  readonly sender: Sender;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** Resolves when the socket is closed. */
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  #handler: ConnectionHandler | undefined;
  #ending = false;
  #closed = false;
  #inBatch = false;
  #flushPlanned = false;
  #pauses = 0;

  constructor(accepted: Socket, pool: BufferPool, maxDataLength: number) {
    const socket = adopt(accepted, {
      received: (chunk) => this.#receive(() => this.framer.push(chunk)),
      landed: (length) => this.#receive(() => this.framer.landed(length)),
      direct: () => this.framer?.direct(),
    });
    this.#socket = socket;
    this.gone = new Promise((resolve) => socket.once('close', () => resolve()));
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '');
    this.remotePort = socket.remotePort ?? 0;
    this.localAddress = plainAddress(socket.localAddress ?? '');
    this.localPort = socket.localPort ?? 0;
    this.sender = new Sender(socket, pool);
    this.framer = new Framer(
      {
        dataBuffer: (header, at, length) => this.#handler!.dataBuffer(header, at, length),
        pdu: (header, at, data) => this.#handler!.pdu(header, at, data),
      },
      maxDataLength,
    );
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_MS);
  }

  /** Starts to read, or changes who gets the PDUs from the next one on. */
  handleBy(handler: ConnectionHandler): void {
    const first = this.#handler === undefined;
    this.#handler = handler;
    if (!first) return;
    // An error is followed by 'close', which is where everything ends.
    this.#socket.on('error', () => undefined);
    this.#socket.on('end', () => this.end());
    this.#socket.on('close', () => this.#close());
    this.#socket.resume();
  }

  #receive(take: () => void): void {
    this.#inBatch = true;
    try {
      take();
    } catch (error) {
      this.framer.stop();
      this.#handler!.broken(
        error instanceof PduError ? error : new Error(messageOf(error), { cause: error }),
      );
      this.end();
    } finally {
      this.#inBatch = false;
      this.sender.flush();
    }
    if (this.sender.congested && !this.#ending) void this.#holdBack();
  }

  /** An initiator that does not read our answers gets no more of its requests read. */
  async #holdBack(): Promise<void> {
    this.pause();
    await this.sender.room();
    this.resume();
  }

  /** Sends what is queued: at the end of the present batch of requests, or soon when there is none. */
  flushSoon(alone: boolean): void {
    if (this.#inBatch || this.#flushPlanned) return;
    if (alone) {
      this.sender.flush();
      return;
    }
    // Other answers that become ready in this turn of the event loop go out with it.
    this.#flushPlanned = true;
    setImmediate(() => {
      this.#flushPlanned = false;
      this.sender.flush();
    });
  }

  /** One PDU: `write` puts 48 bytes of header. For all but the hot paths. */
  send(write: (b: Uint8Array, at: number) => void, data?: Uint8Array): void {
    const length = data?.length ?? 0;
    const at = this.sender.claim(this.format.length(length));
    const b = this.sender.buffer;
    write(b, at);
    if (data !== undefined) b.set(data, at + this.format.dataAt);
    this.format.seal(b, at, length);
    this.flushSoon(true);
  }

  /** Pauses count: reading goes on when each has been followed by a resume. */
  pause(): void {
    this.#pauses += 1;
    if (this.#pauses === 1) this.#socket.pause();
  }

  resume(): void {
    this.#pauses -= 1;
    if (this.#pauses === 0 && !this.#closed) this.#socket.resume();
  }

  /** Keeps what comes in unparsed until `release`: the handler needs time before it can take the next PDU. */
  hold(): void {
    this.framer.suspend();
    this.pause();
  }

  release(): void {
    this.framer.resume();
    this.resume();
    // What was left of the chunk that `hold` interrupted.
    queueMicrotask(() => this.#receive(() => this.framer.push(NO_BYTES)));
  }

  get isOpen(): boolean {
    return !this.#closed && !this.#ending;
  }

  /** Sends what is queued, reads no more, then closes. */
  end(): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    this.framer.stop();
    this.sender.flush();
    this.#socket.end();
    // Bytes still coming in are thrown away; unread ones would turn the close into a reset that can overtake our last PDU.
    this.#socket.resume();
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  destroy(): void {
    this.framer.stop();
    this.#socket.destroy();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.framer.stop();
    this.sender.close();
    this.#handler?.closed();
  }
}

const NO_BYTES = Buffer.alloc(0);

/** IPv4 as it is written, also when a dual-stack socket shows it as IPv6. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
