/** The serial console as a WebSocket. Everything that can be refused is refused before the upgrade, as on other routes. */

import {
  type App,
  BullionError,
  type Credentials,
  failures,
  invalid,
  messageOf,
  NameSchema,
  type Principal,
} from '@bullion/service';
import websocket from '@fastify/websocket';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ofNode, type Parts, v1 } from '../api/route.ts';
import type { Consoles } from './consoles.ts';
import { requireConsole } from './ledger.ts';
import { CLOSE } from './messages.ts';
import { Since, Tail } from './routes.ts';
import { CLOSE_MS, type Socket, Stream } from './stream.ts';

const Query = z.object({
  tail: Tail.optional().describe('Begin so many bytes before the end'),
  since: Since.optional().describe('Begin at what was printed then; counts more than `tail`'),
  write: z.stringbool().default(false).describe("Ask for the writer's seat"),
  take: z.stringbool().default(false).describe('Put another writer out of it'),
  ticket: z.string().max(200).optional().describe('In place of an Authorization header; good once'),
});

const STREAM = `${v1}/nodes/:node/console/stream`;
/** A frame of a client: keys, or a short message. */
const FRAME_BYTES = 16 * 1024;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A ticket in the query does in place of an Authorization header. */
    takesTicket?: boolean;
  }
}

/** Before all routes: an upgrade of any of them is answered, and its socket closed. */
export async function acceptStreams(app: App): Promise<void> {
  await app.register(websocket, {
    options: { maxPayload: FRAME_BYTES, clientTracking: true },
    preClose(done) {
      const { clients } = this.websocketServer;
      for (const client of clients) client.close(...CLOSE.closing);
      setTimeout(() => {
        for (const client of clients) client.terminate();
      }, CLOSE_MS).unref();
      this.websocketServer.close(done);
    },
  });
  // The socket of an upgrade that was refused is closed after the answer: nobody must send another request on it.
  app.addHook('onRequest', async (request, reply) => {
    if (request.ws) reply.header('connection', 'close');
  });
}

/** What a ticket stands for; it is used up by this. */
export function ticketOf(consoles: Consoles, request: FastifyRequest): Credentials | undefined {
  if (!request.routeOptions.config.takesTicket) return undefined;
  const { ticket } = request.query as { ticket?: unknown };
  const node = NameSchema.safeParse((request.params as { node?: unknown }).node);
  return typeof ticket === 'string' && node.success ? consoles.tickets.redeem(ticket, node.data) : undefined;
}

export function addConsoleStream({ app, context, consoles, authenticate }: Parts): void {
  const { db, log } = context;
  const streams = new Set<Stream>();

  const whyNot = async (
    credentials: Credentials,
    node: string,
    allocation: string,
  ): Promise<keyof typeof CLOSE | undefined> => {
    const principal = await authenticate(credentials.token, credentials.scheme);
    if (!principal) return 'credentials';
    const held = await requireConsole(db, principal, node).catch(unlessRefused);
    if (held?.allocation === allocation) return undefined;
    return consoles.live(allocation) ? 'access' : 'released';
  };

  app.route({
    method: 'GET',
    url: STREAM,
    config: { takesTicket: true },
    schema: {
      summary:
        'The serial console as a WebSocket: its frames are told in services/isolation/consoles/README.md',
      params: ofNode,
      querystring: Query,
      response: { 101: z.any().describe('The stream begins'), ...failures },
    },
    preHandler: async ({ params, principal }) => {
      await requireConsole(db, principal, params.node);
    },
    handler: async () => {
      throw upgradeRequired();
    },
    wsHandler: async (socket: Socket, request: FastifyRequest) => {
      const { principal, token, scheme } = request as { principal: Principal } & Credentials;
      const { node } = request.params as z.output<typeof ofNode>;
      const query = request.query as z.output<typeof Query>;
      // Held from before the first wait: a frame that comes meanwhile is read when there is who reads it.
      socket.pause();
      const held = await requireConsole(db, principal, node).catch(unlessRefused);
      const recording = held && consoles.live(held.allocation);
      if (!recording) {
        const [code, reason] = held ? CLOSE.closing : CLOSE.released;
        return socket.close(code, reason);
      }
      const warn = (error: string) => log.warn({ node, error }, 'a console stream is in trouble');
      const stream = new Stream(socket, consoles, recording, {
        ...query,
        principal,
        check: () => whyNot({ token, scheme }, node, held.allocation),
        // Keys are not in the audit log, as they are not with POST; who may type them is.
        onWrite: () => void context.changes.begin(request).catch((error: unknown) => warn(messageOf(error))),
        warn,
      });
      streams.add(stream);
      socket.resume();
      await stream.run();
      streams.delete(stream);
    },
  });

  // What may end somebody's access is looked after at once, and not only at the next interval.
  app.addHook('onResponse', async ({ method, url }, reply) => {
    if (method === 'GET' || reply.statusCode >= 300 || !/\/(tokens|users|members|projects)\b/.test(url))
      return;
    for (const stream of streams)
      stream
        .check()
        .catch((error: unknown) => log.warn({ error: messageOf(error) }, 'a stream was not checked'));
  });
}

function unlessRefused(error: unknown): undefined {
  if (!(error instanceof BullionError)) throw error;
}

const upgradeRequired = () =>
  invalid(
    'upgrade_required',
    'This route is a WebSocket, and the request asks for no upgrade.',
    'Open it with a WebSocket client, or read the console as text: the same path without "/stream".',
  );
