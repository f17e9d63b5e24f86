/** A console joined over its WebSocket: bytes both ways, and what the service says beside them. */
import { BullionError } from '@bullion/service/errors';
import type { Cli } from './cli.ts';
import { type ConsoleOptions, consoleOf, openConsole, queryOf } from './console-stream.ts';
import { plain } from './output.ts';

export type Watcher = { who: string; writer: boolean };
/** services/isolation/consoles/README.md tells when each comes. */
export type ConsoleMessage =
  | { type: 'hello'; you: string; connected: boolean }
  | { type: 'gap'; bytes: number }
  | { type: 'live' }
  | { type: 'connection'; connected: boolean }
  | { type: 'watchers'; watchers: Watcher[] }
  | { type: 'seat'; state: 'granted' | 'refused' | 'taken' | 'given-up'; holder: string | null }
  | { type: 'error'; code: string; message: string; hint?: string };

export type LinkOptions = Omit<ConsoleOptions, 'follow'> & {
  onBytes: (bytes: Uint8Array) => void;
  onMessage: (message: ConsoleMessage) => void;
};

const RELEASED = 4000;
const CREDENTIALS = 4001;
const ACCESS = 4003;

export class ConsoleLink {
  readonly #socket: WebSocket;
  readonly #node: string;
  readonly #closed = Promise.withResolvers<{ code: number; reason: string }>();
  #left = false;

  private constructor(socket: WebSocket, node: string) {
    this.#socket = socket;
    this.#node = node;
    socket.addEventListener('close', ({ code, reason }) => this.#closed.resolve({ code, reason }));
  }

  /** Throws what the service refuses it with. */
  static async open(cli: Cli, node: string, options: LinkOptions): Promise<ConsoleLink> {
    const path = `${consoleOf(node)}/stream`;
    const url = `${cli.url.replace(/^http/, 'ws')}/isolation/v1/${path}?${queryOf(options)}`;
    const headers = { authorization: `Bearer ${await cli.token()}` };
    // Node's WebSocket takes headers, which the standard one does not.
    const socket = new WebSocket(url, { headers } as never);
    socket.binaryType = 'arraybuffer';
    const link = new ConsoleLink(socket, node);
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') options.onMessage(JSON.parse(data) as ConsoleMessage);
      else options.onBytes(new Uint8Array(data as ArrayBuffer));
    });
    const opened = new Promise<boolean>((resolve) => {
      socket.addEventListener('open', () => resolve(true));
      socket.addEventListener('error', () => resolve(false));
    });
    if (await opened) return link;
    // A WebSocket does not show the answer that refused it; the console as text is refused alike.
    (await openConsole(cli, consoleOf(node), { tail: 0 })).destroy();
    throw new BullionError(
      'bad_gateway',
      'console_no_stream',
      `The console of ${node} can be read, but not joined.`,
      {
        hint: 'Something between here and the service passes no WebSockets on, such as a proxy. Read it with --follow.',
      },
    );
  }

  send(keys: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(Buffer.from(keys));
  }

  /** Asks for the writer's seat; `take` puts another one out of it. */
  askToWrite(take: boolean): void {
    this.#say({ type: 'write', take });
  }

  onlyRead(): void {
    this.#say({ type: 'read' });
  }

  leave(): void {
    this.#left = true;
    this.#socket.close(1000);
    // A service that does not answer must not keep anybody here.
    this.#closed.resolve({ code: 1000, reason: '' });
  }

  /** Resolves with why it ended in good order, undefined where it was left; throws where it broke off. */
  async ended(): Promise<string | undefined> {
    const { code, reason } = await this.#closed.promise;
    if (this.#left) return undefined;
    if (code === RELEASED) return plain(reason);
    const refused = code === CREDENTIALS || code === ACCESS;
    throw new BullionError(
      refused ? 'forbidden' : 'unavailable',
      refused ? 'console_refused' : 'console_broken_off',
      `The console of ${this.#node} was closed: ${plain(reason) || 'the connection was lost.'}`,
      {
        hint: refused
          ? 'Look at your token (`bullion token list`) and your project, then join again.'
          : `Join again: \`bullion console ${this.#node}\`. What was printed meanwhile is in its log.`,
      },
    );
  }

  #say(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
