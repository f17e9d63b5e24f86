/** What stands at a path of a Redfish service, and how a request's body is checked against it. */
import type { z } from 'zod';
import { RedfishError } from './messages.ts';
import type { Account } from './sessions.ts';

export type Fields = Record<string, unknown>;
export type Reply = { status: number; body?: Fields; headers?: Record<string, string> };

export type Resource = {
  /** The methods that need no login. */
  open?: readonly string[];
  /** Whose it is: its owner may write to it without the privilege to configure anything else. */
  owner?: Account;
  get?: () => Fields;
  patch?: (body: Fields) => Promise<void>;
  post?: (body: Fields) => Promise<Reply>;
  delete?: () => void;
};

export type Resources = (path: string) => Resource | undefined;

export const NO_CONTENT: Reply = { status: 204 };

export const link = (path: string) => ({ '@odata.id': path });

export function collection(path: string, type: string, members: string[]): Fields {
  return {
    ...link(path),
    '@odata.type': `#${type}Collection.${type}Collection`,
    Name: `${type} collection`,
    Members: members.map(link),
    'Members@odata.count': members.length,
  };
}

/**
 * The body, as the schema has it. Throws the first thing that is wrong with it. A property that the resource shows
 * (`current`) and the schema does not take is one that can only be read.
 */
export function checked<T>(schema: z.ZodType<T>, body: Fields, current: Fields = {}): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const { kind, path, name, value } = complaint(result.error, body);
  if (kind !== 'Unknown') throw new RedfishError(`Property${kind}`, name, value);
  throw new RedfishError(at(current, path) === undefined ? 'PropertyUnknown' : 'PropertyNotWritable', name);
}

/** The same for the parameters of an action, which have messages of their own. */
export function parameters<T>(schema: z.ZodType<T>, body: Fields): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const { kind, name, value } = complaint(result.error, body);
  throw new RedfishError(`ActionParameter${kind}`, name, value);
}

function complaint(error: z.ZodError, body: Fields) {
  const issue = error.issues[0]!;
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
  const name = path.join('/');
  const value = at(body, path);
  if (issue.code === 'unrecognized_keys') return { kind: 'Unknown', path, name, value: '' } as const;
  if (value === undefined) return { kind: 'Missing', path, name, value: '' } as const;
  // Only its type is told: it could be a password that was sent as a number.
  if (issue.code === 'invalid_type')
    return { kind: 'ValueTypeError', path, name, value: typeof value } as const;
  return { kind: 'ValueNotInList', path, name, value: String(JSON.stringify(value)).slice(0, 80) } as const;
}

const at = (body: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Fields | undefined)?.[key as string], body);
