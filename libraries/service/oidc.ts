/**
 * Tokens of one OpenID Connect issuer. It is found by discovery (OpenID Connect Discovery 1.0 section 4); its keys are
 * read from its JWKS, and read again where a token names another one.
 */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { BullionError, messageOf, unavailable } from './errors.ts';

/** Plain HTTP is for issuers on this machine. */
const Url = z.url({ protocol: /^https?$/ }).refine(isSafe, 'must be an https URL');

export const IssuerSchema = z.strictObject({
  issuer: Url,
  /** What the issuer calls this service: tokens for others are refused. */
  audience: z.string().min(1),
  /** After this long without it, keys are not asked for again because of an unknown one, in milliseconds. */
  keysCooldownMs: z.number().int().min(0).default(30_000),
});

/** Signatures by keys that the issuer alone has: never `none`, and no shared secrets. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const TIMEOUT_MS = 5000;
const Discovery = z.object({ issuer: z.string(), jwks_uri: Url });

function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

export class Issuer {
  readonly #options: z.output<typeof IssuerSchema>;
  #keys: Promise<JWTVerifyGetKey> | undefined;

  constructor(options: z.output<typeof IssuerSchema>) {
    this.#options = options;
  }

  /** What the token says of its bearer; undefined where it is not good. Throws where the issuer does not answer. */
  async verify(token: string): Promise<JWTPayload | undefined> {
    const { issuer, audience } = this.#options;
    try {
      this.#keys ??= this.#discover(issuer);
      const rules = { issuer, audience, algorithms: ALGORITHMS, requiredClaims: ['sub', 'exp'] };
      return (await jwtVerify(token, await this.#keys, rules)).payload;
    } catch (error) {
      if (error instanceof BullionError) this.#keys = undefined;
      const unanswered = error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError);
      if (error instanceof BullionError) throw error;
      if (unanswered || error.code === 'ERR_JOSE_GENERIC') throw issuerFailed(issuer, messageOf(error));
      return undefined;
    }
  }

  async #discover(issuer: string): Promise<JWTVerifyGetKey> {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const found = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
      .then(async (answer) => {
        if (!answer.ok) throw new Error(`it answered with status ${answer.status}`);
        return Discovery.parse(await answer.json());
      })
      .catch((error: unknown) => {
        throw issuerFailed(issuer, messageOf(error));
      });
    if (found.issuer !== issuer) throw issuerFailed(issuer, `it calls itself ${found.issuer}`);
    const { keysCooldownMs: cooldownDuration } = this.#options;
    return createRemoteJWKSet(new URL(found.jwks_uri), { timeoutDuration: TIMEOUT_MS, cooldownDuration });
  }
}

const issuerFailed = (issuer: string, why: string) =>
  unavailable(
    'oidc_unavailable',
    `The OpenID Connect issuer ${issuer} cannot be asked: ${why.slice(0, 300)}.`,
    'Try again; an API token works meanwhile.',
  );
