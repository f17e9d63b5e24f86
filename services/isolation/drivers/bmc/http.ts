/** Requests to a BMC, over a connection that is made when the first of them is sent. */
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';

/** More than any answer of a BMC about one server is. */
const MOST_BYTES = 4 * 2 ** 20;

/**
 * One connection at a time, kept between requests. The scheme is that of whoever connects: HTTP is spoken over any
 * stream, and over TLS only once the certificate was judged.
 */
export class ConnectingAgent extends Agent {
  readonly #connect: () => Promise<Duplex>;

  constructor(connect: () => Promise<Duplex>) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#connect = connect;
  }

  override createConnection(_: unknown, callback?: (error: Error | null, socket: Duplex) => void): undefined {
    this.#connect().then(
      (socket) => callback?.(null, socket),
      (error) => callback?.(error, undefined as never), // Beside an error no socket is looked at.
    );
  }
}

export type Asked = {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Buffer | undefined;
};

export type Reply = { status: number; headers: IncomingMessage['headers']; text: string };

/** Throws a socket's error, and on an answer that does not end. */
export async function exchange(
  agent: Agent,
  { host, port, method, path, headers, body }: Asked,
  signal: AbortSignal,
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const length = body && { 'Content-Length': body.length };
  const sending = request(
    { host, port, method, path, headers: { ...headers, ...length }, agent, signal },
    resolve,
  );
  sending.on('error', reject);
  sending.end(body);
  const response = await promise;
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    if ((bytes += chunk.length) > MOST_BYTES) response.destroy(new Error('its answer does not end'));
  });
  return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
}
