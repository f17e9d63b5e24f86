/**
 * The HTTP frame of every service: fastify with zod schemas, which validate requests, shape answers and become the
 * OpenAPI 3.1 document at `PREFIX/openapi.json`, from which the SDK's types are made.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import swagger from '@fastify/swagger';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RawServerDefault,
} from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  isResponseSerializationError,
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import { BullionError, type ErrorBody, messageOf } from './errors.ts';
import { uuidv7 } from './ids.ts';
import type { Logger } from './log.ts';
import { type Principal, requireWriter } from './principal.ts';

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for every route but the public ones. */
    principal: Principal;
    /** The bearer token as it came, for a service that asks another one on its caller's behalf. */
    token: string;
    scheme: 'bearer' | 'basic';
  }
  interface FastifyContextConfig {
    /** Needs no token: health, documents. */
    public?: boolean;
  }
}

/**
 * Who the bearer of `token` is; undefined where nobody is. A service that takes user names and passwords too is given
 * those of HTTP Basic (RFC 7617) as `token`, still encoded, with the scheme `basic`.
 */
export type Authenticate = (token: string, scheme: 'bearer' | 'basic') => Promise<Principal | undefined>;

export const ErrorSchema = z
  .object({
    error: z.object({
      code: z.string().describe('Stable, for programs'),
      message: z.string().describe('What was tried, on what, and why it failed'),
      hint: z.string().optional().describe('What to do next'),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .meta({ id: 'Error' });

/** The error answers of every route, to spread into `schema.response`. */
export const failures = { '4xx': ErrorSchema, '5xx': ErrorSchema } as const;

export type AppOptions = {
  name: string;
  title: string;
  logger: Logger;
  /** Told of every request of a known caller that would have changed something and was refused or failed. */
  onRefusal?: (request: FastifyRequest, error: BullionError) => Promise<void>;
};

/** How long `close` lets requests finish that are being answered, in milliseconds. */
const DRAIN_MS = 3000;
/** How often it looks whether one of them has been answered, whose connection would else stay open for the next. */
const IDLE_MS = 50;

/** An empty application whose errors, validation and OpenAPI document are set up. */
export async function createApp({ name, title, logger, onRefusal }: AppOptions): Promise<App> {
  const app: App = Fastify({
    loggerInstance: logger.child({ service: name }) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // No logger of its own for each request: what is logged of one says its id, and most are not.
    childLoggerFactory: (log) => log,
    genReqId: () => uuidv7(),
    bodyLimit: 1024 * 1024,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(async (thrown, request, reply) => {
    if (onRefusal && request.principal && !isSafe(request)) {
      await onRefusal(request, asBullionError(thrown)).catch((error: unknown) =>
        request.log.error({ request: request.id, error: messageOf(error) }, 'a refusal was not written down'),
      );
    }
    return answerError(thrown, request, reply);
  });
  app.addHook('preClose', async () => {
    const answered = setInterval(() => app.server.closeIdleConnections(), IDLE_MS).unref();
    const enough = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS).unref();
    app.server.once('close', () => {
      clearInterval(answered);
      clearTimeout(enough);
    });
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new BullionError(
      'not_found',
      'route_not_found',
      `There is no ${request.method} ${request.url.split('?')[0]}.`,
      { hint: `The routes are listed in /${name}/openapi.json.` },
    );
    return reply.status(404).send(error.toBody());
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version: '1' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  app.get(`/${name}/openapi.json`, { config: { public: true }, schema: { hide: true } }, () => app.swagger());
  app.get(`/${name}/healthz`, { config: { public: true }, schema: { hide: true } }, () => ({ status: 'ok' }));
  return app;
}

const isSafe = ({ method }: FastifyRequest) => ['GET', 'HEAD', 'OPTIONS'].includes(method);

export type Credentials = { token: string; scheme: 'bearer' | 'basic' };

export type TokenOptions = {
  /** A user's name and password will do as well. */
  basic?: boolean;
  /** What a request without an Authorization header brings in its place, where its route takes that. */
  instead?: (request: FastifyRequest) => Credentials | undefined;
  /** Told of the address of each request whose credentials were not good. */
  onStranger?: (address: string) => void;
};

/** Asks for credentials on every route that is not public. */
export function requireToken(app: App, authenticate: Authenticate, options: TokenOptions = {}): void {
  app.decorateRequest('principal');
  app.decorateRequest('token', '');
  app.decorateRequest('scheme', 'bearer');
  app.addHook('onRequest', async (request: FastifyRequest, reply) => {
    // That a route does not exist is public: the OpenAPI document says so.
    if (request.routeOptions.config.public || request.is404) return;
    await identify(request, reply, authenticate, options);
  });
}

/** Finds out who sends the request, and throws where nobody does that may. */
export async function identify(
  request: FastifyRequest,
  reply: FastifyReply,
  authenticate: Authenticate,
  options: TokenOptions = {},
): Promise<void> {
  const header = request.headers.authorization;
  const credentials = header === undefined ? options.instead?.(request) : credentialsIn(header, options);
  const principal = credentials && (await authenticate(credentials.token, credentials.scheme));
  if (!credentials || !principal) {
    if (credentials) options.onStranger?.(request.ip);
    reply.header('www-authenticate', 'Bearer'); // RFC 9110 section 11.6.1
    throw new BullionError('unauthenticated', 'token_invalid', 'This request carries no valid token.', {
      hint: 'Send "Authorization: Bearer TOKEN"; the command line takes it from BULLION_TOKEN. A token may also have expired.',
    });
  }
  request.principal = principal;
  request.token = credentials.token;
  request.scheme = credentials.scheme;
  if (!isSafe(request)) requireWriter(principal);
}

function credentialsIn(header: string, { basic }: TokenOptions): Credentials | undefined {
  const [word, token] = header.split(' ');
  const scheme = word!.toLowerCase();
  if (!token || !(scheme === 'bearer' || (basic && scheme === 'basic'))) return undefined;
  return { token, scheme };
}

function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = asBullionError(thrown);
  const body: ErrorBody = error.toBody();
  if (error.status >= 500) {
    const stack = error.kind === 'internal' && thrown instanceof Error ? thrown.stack : undefined;
    const route = `${request.method} ${request.routeOptions?.url}`;
    request.log.error(
      { request: request.id, route, code: error.code, error: messageOf(thrown), stack },
      'request failed',
    );
    if (!(thrown instanceof BullionError)) body.error.details = { request: request.id };
  }
  return reply.status(error.status).send(body);
}

/** What is thrown in a route becomes an error that says no more than its caller may know. */
function asBullionError(thrown: unknown): BullionError {
  if (thrown instanceof BullionError) return thrown;
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const faults = thrown.validation.map((fault) => {
      const field = fault.instancePath.replace(/^\//, '').replaceAll('/', '.');
      return `${field || 'the whole'}: ${fault.message}`;
    });
    return new BullionError(
      'invalid',
      'request_invalid',
      `The request's ${thrown.validationContext} is not valid: ${faults.join('; ')}.`,
      {
        hint: 'Correct the named fields and send the request again; nothing was changed.',
        details: { faults },
      },
    );
  }
  const status = (thrown as { statusCode?: number } | null)?.statusCode;
  if (!isResponseSerializationError(thrown) && status !== undefined && status >= 400 && status < 500) {
    const kind = status === 413 ? 'too_large' : status === 415 ? 'unsupported' : 'invalid';
    return new BullionError(kind, 'request_malformed', `The request cannot be read: ${messageOf(thrown)}.`, {
      hint: 'Send a JSON body of at most 1 MiB with "Content-Type: application/json".',
    });
  }
  return new BullionError(
    'internal',
    'internal',
    'The service failed at this request; nothing more is known to it.',
    {
      hint: 'Try again; if it stays, give the operator the request id in "details".',
      cause: thrown,
    },
  );
}

/** An operation as every service shows it. */
export const OperationSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    subject: z.string(),
    project: z.string().nullable(),
    state: z.enum(['running', 'succeeded', 'failed']),
    steps: z.array(
      z.object({
        name: z.string(),
        startedAt: z.string(),
        finishedAt: z.string().optional(),
        note: z.string().optional().describe('What is being waited for'),
      }),
    ),
    error: ErrorSchema.shape.error.nullable(),
    createdAt: z.string(),
    finishedAt: z.string().nullable(),
  })
  .meta({ id: 'Operation' });
