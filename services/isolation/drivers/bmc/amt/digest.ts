/** HTTP Digest access authentication (RFC 7616, and RFC 2617 that it replaces), the client's side. Pure. */
import { createHash } from 'node:crypto';

export type Challenge = {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: keyof typeof HASHES;
  /** RFC 2069, the first form, had no quality of protection. */
  readonly qop: 'auth' | undefined;
  /** The nonce was too old, the password may well be right. */
  readonly stale: boolean;
};

/** AMT knows MD5 only, and says nothing of it. */
const HASHES = { MD5: 'md5', 'SHA-256': 'sha256' } as const;

const PARAMETER = /([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/g;

/** What a WWW-Authenticate header asks for; undefined where it asks for no Digest that we can give. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  // Several challenges stand in one header, and a quoted realm may hold the word as well (AMT's does).
  const outside = (header ?? '').replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => '"'.repeat(quoted.length));
  for (const { index, 0: scheme } of outside.matchAll(/(?<=^|,)\s*Digest\s+/gi)) {
    const start = index + scheme.length;
    const next = /,\s*[\w-]+\s+[\w-]+\s*=/.exec(outside.slice(start));
    const challenge = read(header!.slice(start, next === null ? undefined : start + next.index));
    if (challenge !== undefined) return challenge;
  }
  return undefined;
}

function read(text: string): Challenge | undefined {
  const said = new Map<string, string>();
  for (const [, name, quoted, token] of text.matchAll(PARAMETER)) {
    said.set(name!.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token!);
  }
  const [realm, nonce, qop] = ['realm', 'nonce', 'qop'].map((name) => said.get(name));
  const algorithm = (said.get('algorithm') ?? 'MD5').toUpperCase();
  if (realm === undefined || nonce === undefined || !isKnown(algorithm)) return undefined;
  if (qop !== undefined && !qop.split(',').some((one) => one.trim() === 'auth')) return undefined;
  return {
    ...{ realm, nonce, algorithm, opaque: said.get('opaque') },
    qop: qop === undefined ? undefined : 'auth',
    stale: said.get('stale')?.toLowerCase() === 'true',
  };
}

const isKnown = (algorithm: string): algorithm is keyof typeof HASHES => Object.hasOwn(HASHES, algorithm);

export type Proof = {
  readonly username: string;
  readonly password: string;
  readonly method: string;
  readonly path: string;
  /** How often this nonce was used, this time included. */
  readonly count: number;
  /** Of our own choice, unforeseeable. */
  readonly cnonce: string;
};

/** The Authorization header that answers a challenge. */
export function authorization(challenge: Challenge, proof: Proof): string {
  const { realm, nonce, opaque, algorithm, qop } = challenge;
  const { username, method, path, cnonce } = proof;
  const nc = proof.count.toString(16).padStart(8, '0');
  const hash = (...parts: string[]) => createHash(HASHES[algorithm]).update(parts.join(':')).digest('hex');
  const secret = hash(username, realm, proof.password);
  const request = hash(method, path);
  const response =
    qop === undefined ? hash(secret, nonce, request) : hash(secret, nonce, nc, cnonce, qop, request);
  const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const fields = [
    ...[`username=${quote(username)}`, `realm=${quote(realm)}`, `nonce=${quote(nonce)}`],
    ...[`uri=${quote(path)}`, `response="${response}"`, `algorithm=${algorithm}`],
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(qop === undefined ? [] : [`qop=${qop}`, `nc=${nc}`, `cnonce=${quote(cnonce)}`]),
  ];
  return `Digest ${fields.join(', ')}`;
}
