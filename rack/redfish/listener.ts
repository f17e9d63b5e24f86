/** The HTTPS side of a BMC: reads a request, knows its sender, answers as DSP0266 says, and never falls over. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { messageOf } from '@bullion/service/errors';
import type { Certificate } from './certificate.ts';
import { type MessageKey, RedfishError } from './messages.ts';
import type { Fields, Reply, Resource, Resources } from './resource.ts';
import type { Sessions } from './sessions.ts';

const MOST_BODY_BYTES = 64 * 1024;
/** A client that takes longer than this to send its request is cut off. */
const REQUEST_MS = 10_000;
/** BMCs are small machines. */
const MOST_CONNECTIONS = 64;

type Method = 'get' | 'patch' | 'post' | 'delete';
const METHODS: Record<string, Method> = {
  GET: 'get',
  HEAD: 'get',
  PATCH: 'patch',
  POST: 'post',
  DELETE: 'delete',
};

export type ListenerOptions = {
  name: string;
  address: string;
  port: number;
  certificate: Certificate;
  sessions: Sessions;
  resources: Resources;
};

export type Listening = AsyncDisposable & { readonly port: number };

export async function listen(options: ListenerOptions): Promise<Listening> {
  const { key, certificate: cert } = options.certificate;
  const server = createServer({ key, cert, minVersion: 'TLSv1.2' });
  server.requestTimeout = REQUEST_MS;
  server.headersTimeout = REQUEST_MS;
  server.maxConnections = MOST_CONNECTIONS;
  server.on('request', (request, response) => void answer(options, request, response));
  server.listen(options.port, options.address);
  await once(server, 'listening');
  const bound = server.address();
  return {
    port: bound !== null && typeof bound === 'object' ? bound.port : options.port,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(options: ListenerOptions, request: IncomingMessage, response: ServerResponse) {
  request.on('error', () => response.destroy());
  response.on('error', () => response.destroy());
  try {
    send(request, response, await reply(options, request));
  } catch (error) {
    if (!(error instanceof RedfishError)) {
      console.log(`BMC of ${options.name}: ${request.method} ${request.url} failed: ${messageOf(error)}`);
    }
    const told = error instanceof RedfishError ? error : new RedfishError('InternalError');
    send(request, response, {
      status: told.status,
      body: told.toBody() as Fields,
      headers: HINTS[told.key] ?? {},
    });
  }
}

/** What HTTP wants beside some refusals. */
const HINTS: Partial<Record<MessageKey, Record<string, string>>> = {
  NoValidSession: { 'WWW-Authenticate': 'Basic realm="Redfish"' },
  ResourceAtUriUnauthorized: { 'WWW-Authenticate': 'Basic realm="Redfish"' },
  // What is left of a body that was not read would be taken for the next request.
  PayloadTooLarge: { Connection: 'close' },
};

async function reply(options: ListenerOptions, request: IncomingMessage): Promise<Reply> {
  const url = URL.parse(request.url ?? '/', 'https://bmc');
  if (!url) throw new RedfishError('ResourceMissingAtURI', request.url ?? '');
  const path = url.pathname.replace(/(?<=.)\/$/, '');
  const resource = options.resources(path);
  const verb = request.method ?? '';
  const account = options.sessions.authenticate(request.headers, path);
  // Without a login all that is not open looks the same, there or not.
  if (!account && !resource?.open?.includes(verb)) throw new RedfishError('NoValidSession');
  if (!resource) throw new RedfishError('ResourceMissingAtURI', path);
  const method = METHODS[verb];
  if (!method || !resource[method]) {
    const error = new RedfishError('OperationNotAllowed');
    return { status: error.status, body: error.toBody() as Fields, headers: { Allow: allowed(resource) } };
  }
  if ([...url.searchParams.keys()].some((key) => key.startsWith('$')))
    throw new RedfishError('QueryNotSupported');
  if (method === 'get') return conditional(request, resource.get!());
  const mayWrite = account?.role === 'Administrator' || account?.role === 'Operator';
  if (!mayWrite && !resource.open?.includes(verb) && resource.owner !== account) {
    throw new RedfishError('InsufficientPrivilege');
  }
  const match = request.headers['if-match'];
  if (match !== undefined && match !== '*' && resource.get && !match.includes(tagOf(resource.get()))) {
    throw new RedfishError('PreconditionFailed');
  }
  switch (method) {
    case 'delete':
      resource.delete!();
      return { status: 204 };
    case 'patch':
      await resource.patch!(await bodyOf(request));
      return conditional(request, resource.get!());
    case 'post':
      return resource.post!(await bodyOf(request));
  }
}

const allowed = (resource: Resource): string =>
  Object.keys(METHODS)
    .filter((verb) => resource[METHODS[verb]!])
    .join(', ');

/** An ETag for what the resource says at this moment. */
const tagOf = (fields: Fields): string =>
  `"${createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, 16)}"`;

function conditional(request: IncomingMessage, fields: Fields): Reply {
  const tag = tagOf(fields);
  if (request.headers['if-none-match'] === tag) return { status: 304, headers: { ETag: tag } };
  return { status: 200, body: { ...fields, '@odata.etag': tag }, headers: { ETag: tag } };
}

function send(request: IncomingMessage, response: ServerResponse, { status, body, headers }: Reply): void {
  const text = body === undefined ? '' : `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'OData-Version': '4.0',
    'Cache-Control': 'no-cache',
    ...(body && {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
    }),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? '' : text);
}

async function bodyOf(request: IncomingMessage): Promise<Fields> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Kept open when it is not read to its end: the refusal has to go out by the same socket.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BODY_BYTES) {
      request.resume();
      throw new RedfishError('PayloadTooLarge');
    }
    chunks.push(chunk);
  }
  try {
    // An action without parameters may come without a body.
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Fields;
  } catch {
    // Told below, as what is JSON and no object is.
  }
  throw new RedfishError('MalformedJSON');
}
