/**
 * `fetch` that speaks to addresses only which the guard has looked at: it connects to those very addresses, so that a
 * name which resolves to something else a moment later leads nowhere (DNS rebinding). Redirects are the caller's.
 */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { BullionError } from '@bullion/service';
import { TransferError } from '@bullion/volumes/transfer';
import type { FetchGuard, Resolved } from './guard.ts';

const CONNECT_MS = 30_000;

export function guardedFetch(guard: FetchGuard): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const addresses = await guard.addresses(url.hostname).catch((error: unknown) => {
      // Asking again is of no use: the transfer must not take it for a lost connection.
      if (!(error instanceof BullionError)) throw error;
      throw new TransferError('source-denied', error.message.replace(/\.$/, ''), error.hint!, error);
    });
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      lookup: lookupOf(addresses),
      agent: false,
      timeout: CONNECT_MS,
      ...(init.signal ? { signal: init.signal } : {}),
    });
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${CONNECT_MS / 1000} s`)));
    request.end(bodyOf(init.body));
    const [message] = (await once(request, 'response')) as [IncomingMessage];
    request.on('error', () => {}); // From here on it is the body's.
    return responseOf(url, message);
  };
}

const lookupOf =
  (addresses: Resolved[]): LookupFunction =>
  (_host, options, callback) => {
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    if (first) return callback(null, first.address, first.family);
    callback(Object.assign(new Error('the host has no address'), { code: 'ENOTFOUND' }), '', 4);
  };

function bodyOf(body: RequestInit['body']): Uint8Array | string | undefined {
  if (body === null || body === undefined) return undefined;
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  throw new TypeError('only bytes and text are sent');
}

function responseOf(url: URL, message: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct))
    for (const value of values ?? []) headers.append(name, value);
  const status = message.statusCode!;
  const hasBody = ![101, 204, 205, 304].includes(status);
  if (!hasBody) message.resume();
  const body = hasBody ? (Readable.toWeb(message) as ReadableStream<Uint8Array<ArrayBuffer>>) : null;
  const response = new Response(body, { status, headers });
  Object.defineProperty(response, 'url', { value: url.href });
  return response;
}
