/** Users: people with a password, a role, and the projects that a member acts for. Told of to operators and auditors. */

import { existsAlready, notFound } from '../errors.ts';
import { hashPassword } from '../passwords.ts';
import type { Principal, Role } from '../principal.ts';
import { insertNew } from '../rows.ts';
import { requireAdmin } from './roles.ts';
import type { IdentityChange as Change, Database, Trx } from './schema.ts';

export type UserView = { name: string; role: Role; disabled: boolean; projects: string[] };
export type UserRequest = {
  role?: Role | undefined;
  disabled?: boolean | undefined;
  password?: string | undefined;
};

/** The request with its password hashed: before the transaction, since it takes its time. */
export const hashed = async <Request extends UserRequest>(request: Request): Promise<Request> =>
  request.password === undefined ? request : { ...request, password: await hashPassword(request.password) };

export async function createUser(
  { trx, tell }: Change,
  { name, role, password }: UserRequest & { name: string; role: Role },
): Promise<UserView> {
  const isNew = await insertNew(trx, 'users', {
    name,
    role,
    password: password ?? null,
    disabled: 0,
    created_at: new Date().toISOString(),
  });
  if (!isNew) throw existsAlready('user', name);
  await tell('user.created', `user/${name}`, null, { role });
  return await getUser(trx, name);
}

/** Users may change their own password, and nothing else. */
export function requireMayChange(principal: Principal, name: string, { role, disabled }: UserRequest): void {
  const own = principal.id === `user/${name}` && role === undefined && disabled === undefined;
  if (!own) requireAdmin(principal, 'change users');
}

export async function changeUser(
  { trx, tell }: Change,
  name: string,
  { password, role, disabled }: UserRequest,
): Promise<UserView> {
  const user = await getUser(trx, name);
  await trx
    .updateTable('users')
    .set({
      role: role ?? user.role,
      disabled: (disabled ?? user.disabled) ? 1 : 0,
      ...(password === undefined ? {} : { password }),
    })
    .where('name', '=', name)
    .execute();
  await tell('user.changed', `user/${name}`, null);
  return await getUser(trx, name);
}

/** With the user go its memberships and tokens, and the answers that a later user of the name could ask for. */
export async function deleteUser({ trx, tell }: Change, name: string): Promise<void> {
  await getUser(trx, name);
  await trx.deleteFrom('answers').where('caller', '=', `user/${name}`).execute();
  await trx.deleteFrom('users').where('name', '=', name).execute();
  await tell('user.deleted', `user/${name}`, null);
}

export async function getUser(db: Database | Trx, name: string): Promise<UserView> {
  const [user] = await listUsers(db, { name });
  if (!user) throw notFound('user', name);
  return user;
}

export async function listUsers(
  db: Database | Trx,
  which: { name: string } | { after: string; limit: number },
): Promise<UserView[]> {
  let query = db.selectFrom('users').select(['name', 'role', 'disabled']).orderBy('name');
  if ('name' in which) query = query.where('name', '=', which.name);
  else query = query.where('name', '>', which.after).limit(which.limit);
  const users = await query.execute();
  const names = users.map(({ name }) => name);
  const rows = await db
    .selectFrom('members')
    .selectAll()
    .where('user', 'in', names)
    .orderBy('project')
    .execute();
  const projects = Map.groupBy(rows, ({ user }) => user);
  return users.map(({ name, role, disabled }) => ({
    name,
    role,
    disabled: disabled === 1,
    projects: (projects.get(name) ?? []).map(({ project }) => project),
  }));
}

/** Makes a user a member of a project, or no longer one. Asked again, it changes nothing. */
export async function setMember(
  { trx, tell }: Change,
  { project, user }: { project: string; user: string },
  member: boolean,
): Promise<void> {
  await getUser(trx, user);
  await requireProject(trx, project);
  await trx.deleteFrom('members').where('project', '=', project).where('user', '=', user).execute();
  if (member) await trx.insertInto('members').values({ project, user }).execute();
  const kind = member ? 'member.added' : 'member.removed';
  await tell(kind, `project/${project}`, null, { user });
}

/** Throws `project_not_found` where there is none. */
export async function requireProject(trx: Trx, name: string): Promise<void> {
  const row = await trx.selectFrom('projects').select('name').where('name', '=', name).executeTakeFirst();
  if (!row) throw notFound('project', name);
}
