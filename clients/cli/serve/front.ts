/** One HTTP address for all services: the first part of a path says whose it is. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { App } from '@bullion/service';
import { BullionError } from '@bullion/service/errors';
import type { ServiceName } from './options.ts';

const HINTS: Record<ServiceName, string> = {
  isolation: 'It is served elsewhere: give its address with --url or BULLION_URL.',
  provisioning:
    'Nodes need a network to boot over: start `bullion serve` with --rack, or with --boot-interface.',
  market: 'Start it: `bullion serve isolation market`; or give its address with --url or BULLION_URL.',
};

export class Front {
  readonly #apps = new Map<string, App>();
  readonly #servers: Server[] = [];

  async add(name: ServiceName, app: App): Promise<void> {
    await app.ready();
    this.#apps.set(name, app);
  }

  /** Another HTTP server with the same answers; whoever asks for it opens its port. */
  server(): Server {
    // Other upgrades (h2c, which some clients offer with every request) are ignored, as HTTP allows.
    const shouldUpgradeCallback = ({ headers }: IncomingMessage) =>
      headers.upgrade?.toLowerCase() === 'websocket';
    const server = createServer({ shouldUpgradeCallback } as ServerOptions, (request, response) =>
      this.#answer(request, response),
    );
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    // An upload takes as long as it takes; a request's head does not.
    server.requestTimeout = 0;
    server.headersTimeout = 30_000;
    this.#servers.push(server);
    return server;
  }

  async close(): Promise<void> {
    const open = this.#servers.filter((server) => server.listening);
    const closed = Promise.all(open.map((server) => once(server, 'close')));
    for (const server of open) {
      server.close();
      server.closeAllConnections();
    }
    await closed;
  }

  /** A service that has streams listens for upgrades on the server that it would have by itself. */
  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const app = this.#apps.get(nameOf(request));
    if (app?.server.emit('upgrade', request, socket, head)) return;
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    response.shouldKeepAlive = false;
    response.on('finish', () => socket.end());
    socket.on('error', () => socket.destroy());
    if (app) app.routing(request, response);
    else refuse(nameOf(request), request, response);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const app = this.#apps.get(nameOf(request));
    if (app) app.routing(request, response);
    else refuse(nameOf(request), request, response);
  }
}

/** Other people's APIs that a service answers, by the first part of their paths. */
const FACES: Record<string, ServiceName> = { m2: 'provisioning' };

function nameOf({ url }: IncomingMessage): string {
  const first = (url ?? '/').slice(1).split(/[/?]/)[0]!;
  return FACES[first] ?? first;
}

function refuse(name: string, request: IncomingMessage, response: ServerResponse): void {
  const error = name in HINTS ? notServed(name as ServiceName) : unknownPath(request.url ?? '/');
  const body = JSON.stringify(error.toBody());
  response
    .writeHead(error.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    })
    .end(body);
}

const notServed = (name: ServiceName) =>
  new BullionError('unavailable', 'service_not_served', `This address serves no ${name} service.`, {
    hint: HINTS[name],
  });

const unknownPath = (url: string) =>
  new BullionError('not_found', 'route_not_found', `There is no ${url.split('?')[0]}.`, {
    hint: 'Paths begin with /isolation/v1, /provisioning/v1 or /market/v1.',
  });
