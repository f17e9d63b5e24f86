/**
 * Remembers who a caller is, so that a request costs no query. What is remembered is forgotten by the commit that
 * changed any of the tables that say who somebody is, before that commit is acknowledged: a token that was taken back
 * does not work once more.
 */
import { hash, randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { onWrite } from './database.ts';
import type { Authenticate } from './http.ts';
import type { Principal } from './principal.ts';

/** After this long somebody is asked for again all the same: when a token was last used is written down then. */
const REMEMBER_MS = 60_000;
const MAX = 10_000;

type Known = { principal: Principal; until: number };

/** `remember` says of whom: of those whom others than the database vouch for, nothing tells that they were forgotten. */
export function rememberCallers(
  db: Kysely<never>,
  tables: readonly string[],
  authenticate: Authenticate,
  remember: (principal: Principal) => boolean,
): Authenticate {
  const known = new Map<string, Known>();
  /** Counts the commits that may have changed who somebody is. */
  let version = 0;
  const forget = () => {
    version++;
    known.clear();
  };
  onWrite(db, {
    committed: (wrote) => void (tables.some(wrote) && forget()),
    lost: forget,
  });
  // Credentials are not kept, and their hashes are of use to nobody else.
  const salt = randomBytes(32).toString('base64');
  return async (credentials, scheme) => {
    const name = hash('sha256', `${salt} ${scheme} ${credentials}`, 'base64');
    const before = known.get(name);
    if (before && before.until > Date.now()) return before.principal;
    const asked = version;
    const principal = await authenticate(credentials, scheme);
    // What was read before a commit says nothing of what holds after it.
    if (principal && asked === version && remember(principal)) {
      const { expiresAt } = principal;
      const end = expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
      if (known.size >= MAX) known.clear();
      known.set(name, { principal, until: Math.min(end, Date.now() + REMEMBER_MS) });
    }
    return principal;
  };
}
