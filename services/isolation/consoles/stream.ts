/**
 * One reader of a console, over a WebSocket: the end of the log first, then what is printed, without a gap and without
 * anything twice. The reader may sit down to write, while nobody else does or by putting another one out of the seat.
 */
import { BullionError, messageOf, type Principal } from '@bullion/service';
import type { Consoles, From } from './consoles.ts';
import type { Piece } from './log-reader.ts';
import { CLOSE, type ClientMessage, readMessage, type ServerMessage } from './messages.ts';
import type { Recording } from './recording.ts';
import type { Viewer } from './seats.ts';

/** The part of a `ws` WebSocket that is used; its package brings no types along. */
export type Socket = {
  send(data: string | Uint8Array, options: { binary: boolean }, sent?: (error?: Error) => void): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
  terminate(): void;
  readonly bufferedAmount: number;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: 'close' | 'pong', listener: () => void): void;
};

export type StreamOptions = From & {
  principal: Principal;
  /** Asks for the seat at once. */
  write: boolean;
  take: boolean;
  /** Why the caller may see the console no longer; undefined while that is not so. */
  check: () => Promise<keyof typeof CLOSE | undefined>;
  /** Told once, when the caller may write for the first time. */
  onWrite: () => void;
  warn: (message: string) => void;
};

const KEYS_BYTES = 4096;
/** Keys go no faster, in bytes a second: more than the fastest serial line takes. */
const KEYS_RATE = 32 * 1024;
/** Who looks is told so often at most, in milliseconds: two hundred who come at once are one message for each. */
const TELL_MS = 200;
/** How long the other side may take to close, in milliseconds. */
export const CLOSE_MS = 2000;
/** Control messages that wait for a reader who does not read. */
const CONTROL_BYTES = 1024 * 1024;

export class Stream implements Viewer {
  readonly label: string;
  readonly #socket: Socket;
  readonly #consoles: Consoles;
  readonly #recording: Recording;
  readonly #options: StreamOptions;
  readonly #timers: NodeJS.Timeout[] = [];
  #telling: NodeJS.Timeout | undefined;
  #alive = true;
  #closed = false;
  #hasWritten = false;
  #gone: () => void = () => {};

  constructor(socket: Socket, consoles: Consoles, recording: Recording, options: StreamOptions) {
    this.label = options.principal.user ?? options.principal.label;
    this.#socket = socket;
    this.#consoles = consoles;
    this.#recording = recording;
    this.#options = options;
  }

  /** Serves it to its end. Never rejects. */
  async run(): Promise<void> {
    const { pingMs, checkMs } = this.#consoles.options;
    const { seats } = this.#recording;
    const unlisten = this.#recording.onConnection(() => this.#tellConnection());
    this.#socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    this.#socket.on('pong', () => (this.#alive = true));
    this.#socket.on('close', () => this.#end());
    this.#timers.push(
      setInterval(() => this.#ping(), pingMs),
      setInterval(() => void this.check(), checkMs),
    );
    try {
      seats.join(this);
      this.#close(await this.#send());
    } catch (error) {
      this.#options.warn(messageOf(error));
      this.#close('failed');
    } finally {
      unlisten();
      seats.leave(this);
      this.#end();
    }
  }

  /** Looks whether the caller may still see it; called at intervals, and when that may have changed. */
  async check(): Promise<void> {
    const why = await this.#options.check().catch(() => undefined);
    if (why) this.#close(why);
  }

  onSeatTaken(by: Viewer): void {
    this.#tell({ type: 'seat', state: 'taken', holder: by.label });
  }

  onChange(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      this.#tell({ type: 'watchers', watchers: this.#recording.seats.watchers });
    }, TELL_MS);
  }

  /** Gives the backlog and what comes after, as fast as the reader takes it. */
  async #send(): Promise<keyof typeof CLOSE> {
    const { node } = this.#recording;
    const tooSlow = () => this.#close('slow');
    const feed = await this.#recording.follow(this.#consoles.options.lagBytes, tooSlow);
    if (!feed) return 'released';
    this.#gone = () => this.#recording.leave(feed);
    if (this.#closed) this.#gone();
    try {
      const from = await this.#consoles.startOf(node.allocation, this.#options, feed);
      const { connected } = this.#recording;
      this.#tell({
        ...{ type: 'hello', node: node.name, allocation: node.allocation },
        ...{ you: this.label, connected, from },
      });
      if (this.#options.write) this.#sit(this.#options.take);
      for await (const piece of this.#consoles.readUpTo(node.allocation, from, feed.start)) {
        if (this.#closed) return 'closing';
        await this.#give(piece);
      }
      this.#tell({ type: 'live' });
      const live = feed.read();
      for (let next = await live.next(); ; next = await live.next()) {
        if (next.done) return next.value;
        await this.#give(next.value);
      }
    } finally {
      this.#gone();
    }
  }

  /** Resolves when the reader has room for more, or is gone. */
  async #give(piece: Piece): Promise<void> {
    if ('missing' in piece) return void this.#tell({ type: 'gap', bytes: piece.missing });
    await new Promise<void>((resolve) => this.#socket.send(piece.bytes, { binary: true }, () => resolve()));
  }

  #tell(message: ServerMessage): void {
    if (this.#closed) return;
    if (this.#socket.bufferedAmount > CONTROL_BYTES) return void this.#close('slow');
    this.#socket.send(JSON.stringify(message), { binary: false });
  }

  #tellConnection(): void {
    this.#tell({ type: 'connection', connected: this.#recording.connected });
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#closed) return;
    if (isBinary) return void this.#type(data);
    const message = readMessage(data.toString());
    if (message) return void this.#obey(message);
    this.#tell({
      type: 'error',
      code: 'message_invalid',
      message: 'This text frame is no message of a console.',
      hint: 'Send {"type": "write"}, {"type": "write", "take": true} or {"type": "read"}; keys go in binary frames.',
    });
  }

  #obey(message: ClientMessage): void {
    if (message.type === 'write') return void this.#sit(message.take);
    this.#recording.seats.stand(this);
    this.#tell({ type: 'seat', state: 'given-up', holder: this.#holder() });
  }

  #sit(take: boolean): void {
    const granted = this.#recording.seats.sit(this, take);
    if (granted && !this.#hasWritten) this.#options.onWrite();
    this.#hasWritten ||= granted;
    this.#tell({ type: 'seat', state: granted ? 'granted' : 'refused', holder: this.#holder() });
  }

  #holder(): string | null {
    return this.#recording.seats.writer?.label ?? null;
  }

  #type(keys: Buffer): void {
    try {
      if (this.#recording.seats.writer !== this) throw notYourSeat(this.#holder());
      if (keys.length > KEYS_BYTES) throw tooManyKeys(keys.length);
      this.#recording.write(keys);
    } catch (error) {
      if (!(error instanceof BullionError)) {
        this.#options.warn(messageOf(error));
        return void this.#close('failed');
      }
      const { code, message, hint } = error;
      this.#tell({ type: 'error', code, message, hint });
    }
    this.#socket.pause();
    setTimeout(() => this.#socket.resume(), (keys.length / KEYS_RATE) * 1000);
  }

  #ping(): void {
    if (!this.#alive) return void this.#socket.terminate();
    this.#alive = false;
    this.#socket.ping();
  }

  #close(why: keyof typeof CLOSE): void {
    if (this.#closed) return;
    const [code, reason] = CLOSE[why];
    this.#socket.close(code, reason);
    this.#end();
    setTimeout(() => this.#socket.terminate(), CLOSE_MS).unref();
  }

  #end(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#telling);
    this.#gone();
  }
}

const notYourSeat = (holder: string | null) =>
  new BullionError(
    'conflict',
    'console_seat_needed',
    holder === null ? 'You only read this console now.' : `"${holder}" writes on this console now.`,
    {
      hint:
        holder === null
          ? 'Ask for the seat to write: {"type": "write"}.'
          : 'Wait until it is given up, or take it over: {"type": "write", "take": true}.',
    },
  );

const tooManyKeys = (count: number) =>
  new BullionError(
    'too_large',
    'keys_too_many',
    `${count} bytes of keys came in one frame; none of them was sent to the node.`,
    { hint: `Send at most ${KEYS_BYTES} bytes in a frame.` },
  );
