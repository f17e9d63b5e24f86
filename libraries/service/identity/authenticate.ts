/** Who is asking: the bearer of a token of ours or of the OIDC issuer, or a user by name and password. */
import type { Kysely } from 'kysely';
import { checkPassword } from '../passwords.ts';
import type { Principal } from '../principal.ts';
import { hashToken } from '../secrets.ts';
import type { Oidc } from './oidc.ts';
import { mayGive } from './roles.ts';
import type { Database, WithIdentity } from './schema.ts';

/** Nobody is told why it was undefined: not that there is a user, nor that a token was good once. */
export async function authenticate<Schema extends WithIdentity>(
  database: Kysely<Schema>,
  oidc: Oidc | undefined,
  credentials: string,
  scheme: 'bearer' | 'basic',
): Promise<Principal | undefined> {
  const db = database as unknown as Database;
  if (scheme === 'basic') {
    const [name, ...password] = Buffer.from(credentials, 'base64').toString().split(':');
    return await byPassword(db, name!, password.join(':'));
  }
  if (oidc && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(credentials)) return await oidc.authenticate(db, credentials);
  return await byToken(db, credentials);
}

/** As long for a user that is not there, or that is disabled, as for a wrong password. */
async function byPassword(db: Database, name: string, password: string): Promise<Principal | undefined> {
  const user = await db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst();
  const good = await checkPassword(password, user?.password ?? undefined);
  if (!user || user.disabled || !good) return undefined;
  const projects = user.role === 'member' ? await projectsOf(db, name) : [];
  return principal({ id: `user/${name}`, role: user.role, projects, label: name, user: name });
}

async function byToken(db: Database, token: string): Promise<Principal | undefined> {
  const row = await db
    .selectFrom('tokens')
    .leftJoin('users', 'users.name', 'tokens.user')
    .selectAll('tokens')
    .select(['users.role as userRole', 'users.disabled'])
    .where('hash', '=', hashToken(token))
    .executeTakeFirst();
  if (!row || row.disabled || (row.expires_at !== null && row.expires_at <= new Date().toISOString())) return;
  const { id, role, project, user, label } = row;
  // What the user lost, the token lost.
  if (row.userRole !== null && !mayGive(row.userRole, role)) return;
  let projects = project === null ? [] : [project];
  if (row.userRole === 'member') {
    const own = await projectsOf(db, user!);
    projects = project === null ? own : own.filter((one) => one === project);
    if (projects.length === 0) return;
  }
  const hour = `${new Date().toISOString().slice(0, 13)}:00:00.000Z`;
  if (row.last_used_at !== hour) {
    await db.updateTable('tokens').set({ last_used_at: hour }).where('id', '=', id).execute();
  }
  const expiresAt = row.expires_at ?? undefined;
  return principal({ id: `token/${id}`, role, projects, label, user: user ?? undefined, expiresAt });
}

async function projectsOf(db: Database, user: string): Promise<string[]> {
  const rows = await db
    .selectFrom('members')
    .select('project')
    .where('user', '=', user)
    .orderBy('project')
    .execute();
  return rows.map(({ project }) => project);
}

export const principal = (of: Omit<Principal, 'project'>): Principal => ({
  ...of,
  project: of.projects.length === 1 ? of.projects[0]! : null,
});
