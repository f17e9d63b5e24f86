/**
 * People who log in elsewhere: tokens of one OpenID Connect issuer. It is found by discovery (OpenID Connect Discovery
 * 1.0 section 4), its keys are read from its JWKS and read again where a token names another one. Which projects and
 * which role a person has follows from the groups in the token, by this service's configuration.
 */
import { BullionError, forbidden, messageOf, type Principal, ROLES, unavailable } from '@bullion/service';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Database } from '../context.ts';
import { principal } from './authenticate.ts';

/** Plain HTTP is for issuers on this machine. */
const Url = z.url({ protocol: /^https?$/ }).refine(isSafe, 'must be an https URL');

export const OidcOptionsSchema = z.strictObject({
  issuer: Url,
  /** What the issuer calls this service: tokens for others are refused. */
  audience: z.string().min(1),
  groupsClaim: z.string().default('groups'),
  nameClaim: z.string().default('preferred_username'),
  /** The projects of a group's members. */
  groupProjects: z.record(z.string(), z.array(z.string())).default({}),
  /** The role of a group's members; the strongest of several. Without one: `member`. */
  groupRoles: z.record(z.string(), z.enum(['admin', 'operator', 'auditor', 'member'])).default({}),
  /** After this long without it, keys are not asked for again because of an unknown one, in milliseconds. */
  keysCooldownMs: z.number().int().min(0).default(30_000),
});
export type OidcOptions = z.input<typeof OidcOptionsSchema>;

/** Signatures by keys that the issuer alone has: never `none`, and no shared secrets. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const TIMEOUT_MS = 5000;
const Discovery = z.object({ issuer: z.string(), jwks_uri: Url });

function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

export class Oidc {
  readonly #options: z.output<typeof OidcOptionsSchema>;
  #keys: Promise<JWTVerifyGetKey> | undefined;

  constructor(options: OidcOptions) {
    this.#options = OidcOptionsSchema.parse(options);
  }

  /** The bearer; undefined where the token is not good. Throws where the issuer does not answer. */
  async authenticate(db: Database, token: string): Promise<Principal | undefined> {
    const { issuer, audience, groupsClaim, nameClaim, groupProjects, groupRoles } = this.#options;
    const claims = await this.#verify(token, issuer, audience);
    if (!claims?.sub) return undefined;
    const listed = claims[groupsClaim];
    const groups = Array.isArray(listed) ? listed.filter((group) => typeof group === 'string') : [];
    // Object.hasOwn: a group may be called "constructor".
    const of = <Value>(map: Record<string, Value>) =>
      groups.flatMap((group) => (Object.hasOwn(map, group) ? [map[group]!] : []));
    const role = ROLES.find((role) => of<string>(groupRoles).includes(role)) ?? 'member';
    const known = await db
      .selectFrom('projects')
      .select('name')
      .where('name', 'in', of(groupProjects).flat())
      .orderBy('name')
      .execute();
    const projects = role === 'member' ? known.map(({ name }) => name) : [];
    const label = String(claims[nameClaim] ?? claims.sub).slice(0, 100);
    if (role === 'member' && projects.length === 0) {
      throw forbidden(
        'no_project',
        'You are known, but to no project here.',
        'Ask the operator to add your group.',
      );
    }
    const expiresAt = new Date(claims.exp! * 1000).toISOString();
    return principal({ id: `oidc/${claims.sub}`, role, projects, label, expiresAt });
  }

  async #verify(token: string, issuer: string, audience: string): Promise<JWTPayload | undefined> {
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
