/** Consoles as text: what was recorded, of now and of former allocations; searching it; keys. */
import { Readable } from 'node:stream';
import { failures, NameSchema, PageQuery } from '@bullion/service';
import { z } from 'zod';
import { ofNode, type Parts, routesOf, v1 } from '../api/route.ts';
import { requireHeldNode } from '../nodes.ts';
import type { From } from './consoles.ts';
import { listLogs, requireConsole, requireLog } from './ledger.ts';
import type { Piece } from './log-reader.ts';

export const Since = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
export const Tail = z.coerce.number().int().min(0);

const Part = z.object({
  tail: Tail.optional().describe('Begin so many bytes before the end'),
  since: Since.optional().describe('Begin at what was printed then; counts more than `tail`'),
  follow: z.stringbool().default(false),
});
const Keys = z.object({ keys: z.string().max(4096) });
const Ticket = z.object({ ticket: z.string(), expiresInSeconds: z.number() });
const Query = z.object({
  q: z.string().min(1).max(200).describe('Plain text; escape sequences between its letters do not count'),
  ignoreCase: z.stringbool().default(false),
  since: Since.optional(),
  after: z.coerce.number().int().min(0).default(0).describe('The `next` of the answer before'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  context: z.coerce.number().int().min(0).max(10).default(2),
});
const Found = z
  .object({
    matches: z.array(
      z.object({
        offset: z.number().int().describe('Where the line begins in the log, in bytes'),
        at: z.string().nullable().describe('When it was printed, within a quarter of a second'),
        line: z.string(),
        before: z.array(z.string()),
        after: z.array(z.string()),
      }),
    ),
    next: z.number().int().nullable().describe('Send it as `after` to go on; null when all was searched'),
  })
  .meta({ id: 'ConsoleMatches' });
const Log = z
  .object({
    allocation: z.string(),
    node: z.string(),
    project: z.string(),
    startedAt: z.string(),
    endedAt: z.string().nullable().describe('Null while the project holds the node'),
    bytes: z.number().int().describe('What is kept of it'),
  })
  .meta({ id: 'ConsoleLog' });
const ofLog = z.object({ allocation: z.uuid() });
const Filter = PageQuery.extend({ node: NameSchema.optional() });

export function addConsoleRoutes(parts: Parts): void {
  const { app, context, consoles } = parts;
  const { db } = context;
  const { reads, lists, writes } = routesOf(parts);

  const asText = (allocation: string, query: From & { follow: boolean }, gone: AbortSignal) =>
    Readable.from(withGaps(consoles.read(allocation, { ...query, signal: gone })));
  const response = { 200: z.any(), ...failures };
  const summary = 'The serial console as text, recorded since the project holds the node';
  app.get(
    `${v1}/nodes/:node/console`,
    { schema: { summary, params: ofNode, querystring: Part, response } },
    async ({ params, query, principal }, reply) => {
      const { allocation } = await requireConsole(db, principal, params.node);
      return reply.headers(TEXT).send(asText(allocation, query, goneOf(reply.raw)));
    },
  );
  const former = 'A recorded console, of now or of a former allocation, as text';
  app.get(
    `${v1}/consoles/:allocation`,
    { schema: { summary: former, params: ofLog, querystring: Part.omit({ follow: true }), response } },
    async ({ params, query, principal }, reply) => {
      const { allocation } = await requireLog(db, principal, params.allocation);
      return reply.headers(TEXT).send(asText(allocation, { ...query, follow: false }, goneOf(reply.raw)));
    },
  );
  lists(
    'GET /consoles',
    { summary: 'List the recorded consoles of your projects, oldest first', query: Filter, items: Log },
    async ({ principal, query }) => {
      const rows = await listLogs(db, principal, query);
      return await Promise.all(
        rows.map(async ({ allocation, node, project, started_at, ended_at }) => ({
          ...{ allocation, node, project, startedAt: started_at, endedAt: ended_at },
          bytes: await consoles.sizeOf(allocation),
        })),
      );
    },
    ({ allocation }) => allocation,
  );
  const find = (log: { allocation: string; project: string }, { q, ...query }: z.output<typeof Query>) =>
    consoles.search(log, { text: q, ...query });
  reads(
    'GET /nodes/:node/console/search',
    { summary: 'Find text in the recorded console', params: ofNode, query: Query, answer: Found },
    async ({ params, query, principal }) => find(await requireConsole(db, principal, params.node), query),
  );
  reads(
    'GET /consoles/:allocation/search',
    { summary: 'Find text in a recorded console', params: ofLog, query: Query, answer: Found },
    async ({ params, query, principal }) => find(await requireLog(db, principal, params.allocation), query),
  );
  writes(
    'POST /nodes/:node/console',
    { summary: 'Send keys to the serial console', params: ofNode, body: Keys },
    async ({ params, body, principal, commit }) => {
      await requireConsole(db, principal, params.node);
      const node = await requireHeldNode(db, principal, params.node);
      consoles.write(node, Buffer.from(body.keys));
      await commit(async () => ({}));
    },
  );
  writes(
    'POST /nodes/:node/console/tickets',
    {
      summary: 'A ticket that opens one console stream, once, where no Authorization header can be sent',
      params: ofNode,
      answer: Ticket,
    },
    async ({ params, principal, commit, credentials }) => {
      await requireConsole(db, principal, params.node);
      return await commit(async () => consoles.tickets.issue(params.node, principal.id, credentials));
    },
  );
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };

function goneOf(response: { on(event: 'close', listener: () => void): unknown }): AbortSignal {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  return gone.signal;
}

/** Text cannot say beside itself what is missing of it; so it says so in a line of its own. */
/** The bytes of a log; where some were not kept it says so. */
export async function* withGaps(pieces: AsyncIterable<Piece>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    if ('bytes' in piece) yield piece.bytes;
    else yield Buffer.from(`\r\n[${piece.missing} bytes that belong here were not kept]\r\n`);
  }
}
