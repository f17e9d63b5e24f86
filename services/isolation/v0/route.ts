/** How a call of HIL's API is written down: its arguments, who may ask, what it does. */
import {
  type App,
  type Commit,
  identify,
  type Principal,
  requireOperator,
  requireSight,
} from '@bullion/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Parts } from '../api/route.ts';
import type { IsolationSchema } from '../store/schema.ts';
import { argumentsOf } from './arguments.ts';
import type { HilTypes } from './errors.ts';
import type { Obm } from './obm.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the call calls our errors. */
    hilTypes: HilTypes | undefined;
  }
}

/** The parts of the service, and what this face keeps beside them. */
export type Face = Parts & { obm: Obm };

type Spec = {
  /** What an operator alone may do, or see with the auditor. Left out where the rules of the noun decide. */
  operatorOnly?: string;
  types?: HilTypes;
  /** 202 where an action is begun. */
  status?: 200 | 202;
};
type Asked<Args> = { args: Args; principal: Principal };
type Writing = { commit: Commit<IsolationSchema>; begin: () => Promise<void> };

/** `at` is `METHOD /path` below `/v0`; `args` are those of the path and the body together. */
export function routesOf({ app, context, authenticate, onStranger }: Face) {
  const { changes } = context;

  /** Nothing is changed. */
  function reads<Args extends z.ZodType>(
    at: string,
    args: Args,
    spec: Spec,
    handle: (asked: Asked<z.output<Args>>, reply: FastifyReply) => unknown,
  ): void {
    add(app, at, spec.types, async (request, reply) => {
      const asked = await ask(request, reply, args);
      if (spec.operatorOnly) requireSight(asked.principal, spec.operatorOnly);
      return await handle(asked, reply);
    });
  }

  /** Something is changed, in one transaction with its line of the audit log. */
  function writes<Args extends z.ZodType>(
    at: string,
    args: Args,
    spec: Spec,
    handle: (asked: Asked<z.output<Args>> & Writing) => Promise<unknown>,
  ): void {
    add(app, at, spec.types, async (request, reply) => {
      const asked = await ask(request, reply, args);
      if (spec.operatorOnly) requireOperator(asked.principal, spec.operatorOnly);
      const begin = () => changes.begin(request);
      const { status, body } = await changes.perform(request, spec.status ?? 200, (commit) =>
        handle({ ...asked, commit, begin }),
      );
      reply.status(status);
      return body;
    });
  }

  /** HIL looks at the arguments before it looks at who sent them. */
  async function ask<Args extends z.ZodType>(
    request: FastifyRequest,
    reply: FastifyReply,
    args: Args,
  ): Promise<Asked<z.output<Args>>> {
    const given = argumentsOf(request, args);
    await identify(request, reply, authenticate, { basic: true, onStranger });
    return { args: given, principal: request.principal };
  }
  return { reads, writes };
}

type Handle = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Answers 200 with an empty body where `handle` has nothing to tell. */
export function add(app: App, at: string, hilTypes: HilTypes | undefined, handle: Handle): void {
  const [method, path] = at.split(' ') as ['GET', string];
  const answer: Handle = async (request, reply) => {
    request.hilTypes = hilTypes;
    const body = await handle(request, reply);
    if (reply.sent || body === reply) return reply;
    if (body === undefined) return reply.send('');
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
  };
  const [before, ending] = path.split(PORT);
  if (ending === undefined) mount(app, method, path, answer);
  else if (ending === '')
    mount(app, method, `${before}*`, (request, reply) => answer(withPort(request), reply));
  else endingsOf(app, method, before!).set(ending, answer);
}

/**
 * Names of ports hold slashes that are not escaped, so what follows such a name is looked for at the end of the path.
 */
export const PORT = ':port';
const registered = new WeakMap<App, Map<string, Map<string, Handle>>>();

function endingsOf(app: App, method: 'GET', before: string): Map<string, Handle> {
  const ofApp = registered.get(app) ?? new Map<string, Map<string, Handle>>();
  registered.set(app, ofApp);
  const known = ofApp.get(method + before);
  if (known) return known;
  const endings = new Map<string, Handle>();
  ofApp.set(method + before, endings);
  mount(app, method, `${before}*`, async (request, reply) => {
    const path = (request.params as Record<string, string>)['*']!;
    const ending = [...endings.keys()].find((one) => path.endsWith(one) && path.length > one.length);
    if (ending === undefined) return reply.callNotFound();
    return await endings.get(ending)!(withPort(request, ending), reply);
  });
  return endings;
}

function withPort(request: FastifyRequest, ending = ''): FastifyRequest {
  const { '*': path = '', ...params } = request.params as Record<string, string>;
  request.params = { ...params, port: path.slice(0, path.length - ending.length) };
  return request;
}

function mount(app: App, method: 'GET', url: string, handler: Handle): void {
  app.route({
    method,
    url,
    // Public to the frame, which would ask for a token before anything else: `ask` does it later.
    config: { public: true },
    schema: { hide: true },
    handler: (request, reply) => handler(request as never, reply as never) as never,
  });
}

/** All of a list, whose pages are asked for by name. */
export async function all<Item extends { name: string }>(
  list: (page: { after: string; limit: number }) => Promise<Item[]>,
  cursor = ({ name }: Item): string => name,
): Promise<Item[]> {
  const items: Item[] = [];
  for (;;) {
    const page = await list({ after: items.length === 0 ? '' : cursor(items.at(-1)!), limit: PAGE });
    items.push(...page);
    if (page.length < PAGE) return items;
  }
}
const PAGE = 1000;

/** As Python sorts, which is by code points and by nobody's language. */
export const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();
