/** People who log in elsewhere: their groups say, by this service's configuration, which projects and role they have. */
import { z } from 'zod';
import { forbidden } from '../errors.ts';
import { Issuer, IssuerSchema } from '../oidc.ts';
import { type Principal, ROLES } from '../principal.ts';
import { principal } from './authenticate.ts';
import type { Database } from './schema.ts';

export const OidcOptionsSchema = IssuerSchema.extend({
  groupsClaim: z.string().default('groups'),
  nameClaim: z.string().default('preferred_username'),
  /** The projects of a group's members. */
  groupProjects: z.record(z.string(), z.array(z.string())).default({}),
  /** The role of a group's members; the strongest of several. Without one: `member`. */
  groupRoles: z.record(z.string(), z.enum(['admin', 'operator', 'auditor', 'member'])).default({}),
});
export type OidcOptions = z.input<typeof OidcOptionsSchema>;

export class Oidc {
  readonly #options: z.output<typeof OidcOptionsSchema>;
  readonly #issuer: Issuer;

  constructor(options: OidcOptions) {
    this.#options = OidcOptionsSchema.parse(options);
    this.#issuer = new Issuer(this.#options);
  }

  /** The bearer; undefined where the token is not good. Throws where the issuer does not answer. */
  async authenticate(db: Database, token: string): Promise<Principal | undefined> {
    const { groupsClaim, nameClaim, groupProjects, groupRoles } = this.#options;
    const claims = await this.#issuer.verify(token);
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
}
