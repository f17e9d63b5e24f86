/** The recorded console of a node, as it comes from the isolation service. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { errorOf } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import { plainLines } from '@bullion/service/plain-text';
import type { Cli } from './cli.ts';

export type ConsoleOptions = {
  /** Begin so many bytes before the end. */
  tail?: number | undefined;
  /** Begin at what was printed then, an ISO 8601 time. */
  since?: string | undefined;
  /** Go on with what comes. */
  follow?: boolean | undefined;
  signal?: AbortSignal;
};

/** `since` and `tail` as a query. */
export function queryOf(options: ConsoleOptions): string {
  const query = new URLSearchParams();
  for (const name of ['tail', 'since', 'follow'] as const) {
    if (options[name] !== undefined) query.set(name, String(options[name]));
  }
  return query.toString();
}

/** The console of a node, as it is now. */
export const consoleOf = (node: string) => `nodes/${encodeURIComponent(node)}/console`;

/**
 * Opens the stream; it ends when the node is released, or when `signal` is aborted. Not by `fetch`, which breaks off
 * a stream that is silent for five minutes: an idle server is.
 */
export async function openConsole(cli: Cli, path: string, options: ConsoleOptions): Promise<Readable> {
  const url = new URL(`${cli.url}/isolation/v1/${path}?${queryOf(options)}`);
  const headers = { authorization: `Bearer ${await cli.token()}` };
  const signal = options.signal ?? cli.signal;
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { headers, signal });
  const { promise, resolve, reject } = Promise.withResolvers<Readable>();
  request.on('response', (response) => {
    if (response.statusCode === 200) return resolve(response);
    const refused = (body: unknown) => reject(errorOf(response.statusCode!, body));
    text(response)
      .then((answer) => refused(JSON.parse(answer)))
      .catch(refused);
  });
  request.on('error', (cause) =>
    reject(
      signal.aborted
        ? cause
        : new BullionError(
            'unavailable',
            'service_unreachable',
            `No service answers at ${cli.url}: ${cause.message}.`,
            {
              hint: 'Start it with `bullion serve`, or name the right address with --url or BULLION_URL.',
              cause,
            },
          ),
    ),
  );
  request.end();
  return await promise;
}

/** The last lines of the log, without what would drive a terminal. */
export async function lastConsoleLines(cli: Cli, node: string, count: number): Promise<string[]> {
  const signal = AbortSignal.timeout(10_000);
  const log = await text(await openConsole(cli, consoleOf(node), { tail: 16 * 1024, signal }));
  return plainLines(log)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-count);
}
