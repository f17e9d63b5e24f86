/**
 * How a route is written down: where it is, what it takes and gives, who may ask. What every route of a kind owes (an
 * answer kept for its key, a line of the audit log, pages) it has by being of that kind.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Change, Changes, Commit, WithChanges } from './changes.ts';
import { type App, type Credentials, failures } from './http.ts';
import { type Principal, requireOperator, requireSight } from './principal.ts';

/** A part of a list: what comes after a name, at most so many. Inserts shift no page, since names do not move. */
export type Page = { after: string; limit: number };

type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
type Zod = z.ZodType;
type Spec<Params, Body, Query> = {
  summary: string;
  /** What an operator alone may do, or see with the auditor. Left out where the rules of the noun decide. */
  operatorOnly?: string;
  params?: Params;
  body?: Body;
  query?: Query;
};
type Asked<Params, Body, Query> = {
  params: z.output<Params>;
  body: z.output<Body>;
  query: z.output<Query>;
  principal: Principal;
  /** What the caller was known by. */
  credentials: Credentials;
};
type Writing<Schema> = {
  /** Everything that the request changes, in one transaction. */
  commit: Commit<Schema>;
  /** Says in the audit log that hardware is asked now. */
  begin: () => Promise<void>;
};

const Done = z.object({}).meta({ id: 'Done' });
const Started = z
  .object({ operation: z.string().describe('Follow it at /operations/{id}') })
  .meta({ id: 'Started' });

/** Kept answers are found by it; see `Changes`. */
const Headers = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .describe('The same key and request are given the same answer again'),
});
const Limit = z.coerce.number().int().min(1).max(1000).default(200);
const AFTER = 'The `x-next-cursor` of the page before';
export const PageQuery = z.object({ limit: Limit, after: z.string().max(300).default('').describe(AFTER) });
export const SequenceQuery = PageQuery.extend({
  after: z.coerce.number().int().min(0).default(0).describe(AFTER),
});

/** The kinds of routes, each under `prefix`. `at` is `METHOD /path`. */
export function createRoutes<Schema extends WithChanges>(app: App, changes: Changes<Schema>, prefix: string) {
  /** Nothing is changed. */
  function reads<Answer extends Zod, Params extends Zod, Query extends Zod>(
    at: `GET /${string}`,
    spec: Spec<Params, Zod, Query> & { answer: Answer },
    handle: (asked: Asked<Params, Zod, Query>, reply: FastifyReply) => unknown,
  ): void {
    add(app, prefix, at, spec, { 200: spec.answer }, async (request, reply) => {
      if (spec.operatorOnly) requireSight(request.principal, spec.operatorOnly);
      return await handle(asAsked(request), reply);
    });
  }

  /** A list, a page at a time: `handle` returns what comes after a cursor, at most so many; `cursor` is a row's. */
  function lists<Item extends Zod, Params extends Zod, Query extends Zod = typeof PageQuery>(
    at: `GET /${string}`,
    spec: Spec<Params, Zod, Query> & { items: Item },
    handle: (asked: Asked<Params, Zod, Query>) => Promise<z.input<Item>[]>,
    cursor: (item: z.input<Item>) => string | number,
  ): void {
    const paged = { ...spec, query: spec.query ?? PageQuery, answer: z.array(spec.items) };
    reads(at, paged as never, async (asked: Asked<Params, Zod, Query>, reply) => {
      const page = asked.query as Page;
      // One more than is shown tells whether there is a next page.
      const rows = await handle({ ...asked, query: { ...page, limit: page.limit + 1 } as z.output<Query> });
      if (rows.length <= page.limit) return rows;
      const next = encodeURIComponent(cursor(rows[page.limit - 1]!));
      const url = new URL(reply.request.url, 'http://none');
      url.searchParams.set('after', decodeURIComponent(next));
      reply.header('x-next-cursor', next).header('link', `<${url.pathname}${url.search}>; rel="next"`);
      return rows.slice(0, page.limit);
    });
  }

  /** Something is changed, and done when it answers; without `answer` it has nothing to tell. */
  function writes<Answer extends Zod, Params extends Zod, Body extends Zod>(
    at: `${Method} /${string}`,
    spec: Spec<Params, Body, Zod> & { answer?: Answer },
    handle: (asked: Asked<Params, Body, Zod> & Writing<Schema>) => Promise<z.input<Answer>> | Promise<void>,
  ): void {
    write(at, spec, 200, spec.answer ?? Done, async (asked) => (await handle(asked as never)) ?? {});
  }

  /** As `writes`, where what was asked for goes on after the answer: 202. */
  function starts<Answer extends Zod, Params extends Zod, Body extends Zod>(
    at: `${Method} /${string}`,
    spec: Spec<Params, Body, Zod> & { answer: Answer },
    handle: (asked: Asked<Params, Body, Zod> & Writing<Schema>) => Promise<z.input<Answer>>,
  ): void {
    write(at, spec, 202, spec.answer, (asked) => handle(asked as never));
  }

  /** An operation is begun, whose id `handle` returns. What others must be asked before comes first, in `check`. */
  function begins<Params extends Zod, Body extends Zod, Query extends Zod>(
    at: `${Method} /${string}`,
    spec: Spec<Params, Body, Query>,
    handle: (asked: Asked<Params, Body, Query>, change: Change<Schema>) => Promise<string>,
    check?: (asked: Asked<Params, Body, Query>) => Promise<void>,
  ): void {
    write(at, spec, 202, Started, async (asked) => {
      await check?.(asked as never);
      return await asked.commit(async (change) => ({ operation: await handle(asked as never, change) }));
    });
  }

  function write(
    at: string,
    spec: Spec<unknown, unknown, unknown>,
    success: number,
    answer: Zod,
    handle: (asked: Asked<Zod, Zod, Zod> & Writing<Schema>) => Promise<unknown>,
  ): void {
    add(app, prefix, at, { ...spec, headers: Headers }, { [success]: answer }, async (request, reply) => {
      if (spec.operatorOnly) requireOperator(request.principal, spec.operatorOnly);
      const begin = () => changes.begin(request);
      const { status, body } = await changes.perform(request, success, (commit) =>
        handle({ ...asAsked<Zod, Zod, Zod>(request), commit, begin }),
      );
      reply.status(status);
      const { operation } = (body ?? {}) as { operation?: unknown };
      if (status === 202 && typeof operation === 'string')
        reply.header('location', `${prefix}/operations/${operation}`);
      return body;
    });
  }
  return { reads, lists, writes, starts, begins };
}

const asAsked = <Params, Body, Query>({ params, body, query, principal, token, scheme }: FastifyRequest) =>
  ({ params, body, query, principal, credentials: { token, scheme } }) as Asked<Params, Body, Query>;

function add(
  app: App,
  prefix: string,
  at: string,
  spec: Spec<unknown, unknown, unknown> & { headers?: Zod },
  success: Record<number, Zod>,
  handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
): void {
  const [method, path] = at.split(' ') as [Method, string];
  const { summary, params, body, query: querystring, headers } = spec;
  const asked = Object.entries({ params, body, querystring, headers }).filter(([, schema]) => schema);
  app.route({
    method,
    url: prefix + path,
    schema: { summary, ...Object.fromEntries(asked), response: { ...success, ...failures } },
    handler: async (request, reply) => reply.send((await handle(request as never, reply as never)) as never),
  });
}
