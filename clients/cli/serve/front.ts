/** One HTTP address for all services: the first part of a path says whose it is. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { App } from '@bullion/service';
import { BullionError } from '@bullion/service/errors';
import type { ServiceName } from './options.ts';

const HINTS: Record<ServiceName, string> = {
  isolation: 'It is served elsewhere: give its address with --url or BULLION_URL.',
  provisioning:
    'Nodes need a network to boot over: start `bullion serve` with --rack, or with --boot-interface.',
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
    const server = createServer((request, response) => this.#answer(request, response));
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

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [name] = (request.url ?? '/').slice(1).split(/[/?]/);
    const app = this.#apps.get(name!);
    if (app) app.routing(request, response);
    else refuse(name!, request, response);
  }
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
    hint: 'Paths begin with /isolation/v1 or /provisioning/v1.',
  });
