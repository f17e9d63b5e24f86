/**
 * The arguments of a call: from the path and from the body, or of a GET from the query, and none of them twice. The body
 * is JSON whatever its Content-Type says, since HIL's client sends none.
 */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { notValid } from './errors.ts';

/** Any text: what may not be a name is refused where it becomes one. */
export const text = z.string();
/** These arguments and no others. */
export const args = z.strictObject;

/** Throws `hil_validation`. */
export function argumentsOf<Schema extends z.ZodType>(
  request: FastifyRequest,
  schema: Schema,
): z.output<Schema> {
  const given = isGet(request) ? ofQuery(request) : ofBody(request.body);
  const path = request.params as Record<string, string>;
  for (const name of Object.keys(path)) {
    if (Object.hasOwn(given, name)) throw notValid(`The argument "${name}" is in the path already.`);
  }
  const parsed = schema.safeParse({ ...given, ...path });
  if (parsed.success) return parsed.data;
  throw notValid(`The arguments are not valid for this request: ${z.prettifyError(parsed.error)}.`);
}

const isGet = ({ method }: FastifyRequest) => method === 'GET' || method === 'HEAD';

function ofQuery(request: FastifyRequest): Record<string, unknown> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (encoding !== undefined || Number(length ?? 0) > 0) {
    throw notValid('A GET request has no body.');
  }
  const given: Record<string, unknown> = {};
  for (const [name, value] of new URL(request.url, 'http://none').searchParams) {
    if (Object.hasOwn(given, name)) throw notValid(`The parameter "${name}" is given twice.`);
    if (value === '') throw notValid(`The parameter "${name}" is empty.`);
    given[name] = value;
  }
  return given;
}

/** `body` is the text that was sent; undefined where none was. */
function ofBody(body: unknown): Record<string, unknown> {
  if (body === undefined) return {};
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
  throw notValid('The body is not a JSON object.');
}

/** Throws `hil_validation`. Undefined for an empty body. */
export function parseBody(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    throw notValid('The body is not JSON.');
  }
}
