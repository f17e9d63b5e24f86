/** How a route is written down: where it is, what it takes and gives, who may ask. */
import { type App, failures, NameSchema, type Principal, requireOperator } from '@bullion/service';
import { z } from 'zod';
import type { Consoles } from '../consoles.ts';
import type { Context } from '../context.ts';
import type { Reconciler } from '../reconciler.ts';

export type Parts = { app: App; context: Context; reconciler: Reconciler; consoles: Consoles };

export const v1 = '/isolation/v1';

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';
type Spec<Params, Body, Query> = {
  summary: string;
  /** What an operator alone may do. Left out where the rules of the noun decide. */
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
};

const Done = z.object({}).meta({ id: 'Done' });
const Started = z
  .object({ operation: z.string().describe('Follow it at /operations/{id}') })
  .meta({ id: 'Started' });

/** A route that is done when it answers; without `answer` it has nothing to tell. `at` is `METHOD /path`. */
export function route<
  Params extends z.ZodType,
  Body extends z.ZodType,
  Query extends z.ZodType,
  Answer extends z.ZodType,
>(
  app: App,
  at: `${Method} /${string}`,
  spec: Spec<Params, Body, Query> & { answer?: Answer },
  handle: (asked: Asked<Params, Body, Query>) => z.input<Answer> | Promise<z.input<Answer>>,
): void {
  add(app, at, spec, { 200: spec.answer ?? Done }, async (asked) => (await handle(asked)) ?? {});
}

/** A route that begins an operation, whose id `handle` returns. */
export function begins<Params extends z.ZodType, Body extends z.ZodType>(
  app: App,
  at: `${Method} /${string}`,
  spec: Spec<Params, Body, z.ZodType>,
  handle: (asked: Asked<Params, Body, z.ZodType>) => Promise<string>,
): void {
  add(app, at, spec, { 202: Started }, async (asked) => ({ operation: await handle(asked) }));
}

function add<Params, Body, Query>(
  app: App,
  at: string,
  { summary, operatorOnly, params, body, query }: Spec<Params, Body, Query>,
  success: Record<number, z.ZodType>,
  handle: (asked: Asked<Params, Body, Query>) => Promise<unknown>,
): void {
  const [method, path] = at.split(' ') as [Method, string];
  const schema = {
    summary,
    ...(params ? { params } : {}),
    ...(body ? { body } : {}),
    ...(query ? { querystring: query } : {}),
    response: { ...success, ...failures },
  };
  app.route({
    method,
    url: v1 + path,
    schema,
    handler: async (request, reply) => {
      if (operatorOnly) requireOperator(request.principal, operatorOnly);
      const answer = await handle(request as unknown as Asked<Params, Body, Query>);
      return reply.status(Number(Object.keys(success)[0])).send(answer as never);
    },
  });
}

/** Connection settings of a driver, which checks them by its own schema. */
export const Settings = z
  .record(z.string(), z.unknown())
  .describe("The driver's connection settings; secrets are encrypted at rest and never returned");

export const ofProject = z.object({ project: NameSchema });
export const ofNode = z.object({ node: NameSchema });
export const ofNic = ofNode.extend({ nic: NameSchema });
