/** API tokens. Each may do no more, and lasts no longer, than what made it. */
import type { Transaction } from 'kysely';
import { invalid, notFound } from '../errors.ts';
import { uuidv7 } from '../ids.ts';
import { mayUse, type Principal, requireOperator, seesAll } from '../principal.ts';
import { hashToken, newToken } from '../secrets.ts';
import { mayGive, requireMayGive } from './roles.ts';
import type { NewToken, TokenRequest, TokenView } from './routes.ts';
import type { IdentityChange as Change, Database, TokenTable, Trx, WithIdentity } from './schema.ts';
import { requireProject } from './users.ts';

/** Makes a token. It is returned this once; only its hash is kept. */
export async function createToken(
  { trx, principal, tell }: Change,
  { label, expiresInSeconds, ...request }: TokenRequest,
): Promise<NewToken> {
  const role = request.role ?? (request.project === undefined ? principal.role : 'member');
  if (principal.role === 'service') requireOperator(principal, 'make tokens');
  requireMayGive(principal, role);
  if (role !== 'member' && request.project !== undefined) {
    throw invalid(
      'project_not_for_role',
      `A token of the role ${role} acts for no one project.`,
      'Leave out "project", or make a token of the role member.',
    );
  }
  // One that acts for all projects of a user, where there is one; else for the one that its maker acts for.
  const own = role === principal.role ? principal.user : undefined;
  const project = request.project ?? (role === 'member' && own === undefined ? requireOnly(principal) : null);
  if (project !== null) {
    // One that the maker does not act for is for it none.
    if (!mayUse(principal, project)) throw notFound('project', project);
    await requireProject(trx, project);
  }
  const asked =
    expiresInSeconds === undefined ? [] : [new Date(Date.now() + expiresInSeconds * 1000).toISOString()];
  const expires_at =
    [...asked, ...(principal.expiresAt === undefined ? [] : [principal.expiresAt])].sort()[0] ?? null;
  const parent = role === principal.role && principal.id.startsWith('token/') ? principal.id.slice(6) : null;
  const subject = project === null ? `user/${own ?? principal.label}` : `project/${project}`;
  await tell('token.created', subject, project, { label });
  return await insertToken(trx, { role, project, user: own ?? null, parent, label, expires_at });
}

function requireOnly({ project, projects }: Principal): string {
  if (project !== null) return project;
  throw invalid(
    'project_missing',
    'It is not said which project the token is to act for.',
    `Say one in "project"${projects.length > 0 ? `: ${projects.join(', ')}` : ''}.`,
  );
}

export async function insertToken<Schema extends WithIdentity>(
  trx: Transaction<Schema>,
  row: Pick<TokenTable, 'role' | 'label'> & Partial<TokenTable>,
): Promise<NewToken> {
  const token = newToken();
  const id = uuidv7();
  const none = { project: null, user: null, parent: null, expires_at: null, last_used_at: null };
  await (trx as unknown as Trx)
    .insertInto('tokens')
    .values({ ...none, ...row, id, hash: hashToken(token), created_at: new Date().toISOString() })
    .execute();
  return { token, id, expiresAt: row.expires_at ?? null };
}

/** Those that the caller may take back: its own and those of its projects; all for operators and auditors. */
function ofCaller(db: Database | Trx, principal: Principal) {
  const query = db.selectFrom('tokens');
  if (seesAll(principal)) return query;
  return query.where((eb) =>
    eb.or([eb('project', 'in', principal.projects), eb('user', '=', principal.user ?? '')]),
  );
}

export async function listTokens(
  db: Database,
  principal: Principal,
  { after, limit }: { after: string; limit: number },
): Promise<TokenView[]> {
  const rows = await ofCaller(db, principal)
    .selectAll()
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id, role, project, label, user, created_at, expires_at, last_used_at }) => ({
    ...{ id, role, project, label },
    // Who else is in a project is not told.
    user: seesAll(principal) || user === principal.user ? user : null,
    createdAt: created_at,
    expiresAt: expires_at,
    lastUsedAt: last_used_at,
  }));
}

/** Takes a token back, and its copies with it. */
export async function revokeToken({ trx, principal, tell }: Change, id: string): Promise<void> {
  const row = await ofCaller(trx, principal).selectAll().where('id', '=', id).executeTakeFirst();
  if (!row || !mayGive(principal.role, row.role)) throw notFound('token', id);
  await trx.deleteFrom('tokens').where('id', '=', id).execute();
  const { label, project } = row;
  await tell('token.revoked', `token/${id}`, project, { label });
}
