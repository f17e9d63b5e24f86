/** Projects: the tenants. A project holds nodes and networks; its tokens act for it. */
import {
  conflict,
  hashToken,
  mayUse,
  newToken,
  notFound,
  type Principal,
  type Role,
  requireOperator,
  uuidv7,
} from '@bullion/service';
import { type Context, type Database, now, type Trx } from './context.ts';

export async function createProject({ db, events }: Context, name: string): Promise<{ name: string }> {
  await db.transaction().execute(async (trx) => {
    const made = await trx
      .insertInto('projects')
      .values({ name, created_at: now() })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (!made.numInsertedOrUpdatedRows) {
      throw conflict('project_exists', `There is a project "${name}" already.`, 'Choose another name.');
    }
    await events.append(trx, { kind: 'project.created', subject: `project/${name}`, project: name });
  });
  return { name };
}

/** The projects that the caller may know of, by name. */
export async function listProjects({ db }: Context, principal: Principal): Promise<{ name: string }[]> {
  const rows = await db.selectFrom('projects').select('name').orderBy('name').execute();
  return rows.filter(({ name }) => mayUse(principal, name));
}

/** Throws `project_not_found` where there is none, and where the caller may not know that there is one. */
export async function requireProject(db: Database | Trx, principal: Principal, name: string): Promise<void> {
  const row = await db.selectFrom('projects').select('name').where('name', '=', name).executeTakeFirst();
  if (!row || !mayUse(principal, name)) throw notFound('project', name);
}

/** Deletes a project that holds nothing any more; its tokens end with it. */
export async function deleteProject(
  { db, events }: Context,
  principal: Principal,
  name: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await requireProject(trx, principal, name);
    const nodes = await trx.selectFrom('nodes').select('name').where('project', '=', name).execute();
    const networks = await trx.selectFrom('networks').select('name').where('project', '=', name).execute();
    if (nodes.length + networks.length > 0) {
      const held = [
        ...nodes.map((node) => `node ${node.name}`),
        ...networks.map((network) => `network ${network.name}`),
      ];
      throw conflict(
        'project_in_use',
        `The project "${name}" still holds ${held.join(', ')}.`,
        'Release its nodes and delete its networks first.',
      );
    }
    await trx.deleteFrom('tokens').where('project', '=', name).execute();
    // A later project of the same name is another tenant: what this one did is the operator's from now on.
    await trx.updateTable('events').set({ project: null }).where('project', '=', name).execute();
    await trx.updateTable('operations').set({ project: null }).where('project', '=', name).execute();
    await trx.deleteFrom('network_access').where('project', '=', name).execute();
    await trx.deleteFrom('projects').where('name', '=', name).execute();
    await events.append(trx, { kind: 'project.deleted', subject: `project/${name}`, project: null });
  });
}

/** Makes a token that acts for a project: for the operator, and for whoever acts for it already. */
export async function createProjectToken(
  { db, events }: Context,
  principal: Principal,
  project: string,
  label: string,
): Promise<string> {
  if (principal.role === 'service') requireOperator(principal, 'make tokens');
  return await db.transaction().execute(async (trx) => {
    await requireProject(trx, principal, project);
    await events.append(trx, {
      kind: 'token.created',
      subject: `project/${project}`,
      project,
      data: { label },
    });
    return await createToken(trx, 'member', project, label);
  });
}

/** Makes a token. It is returned this once; only its hash is kept. */
export async function createToken(
  db: Database | Trx,
  role: Role,
  project: string | null,
  label: string,
): Promise<string> {
  const token = newToken();
  await db
    .insertInto('tokens')
    .values({ id: uuidv7(), hash: hashToken(token), role, project, label, created_at: now() })
    .execute();
  return token;
}

/** Who bears this token; undefined where nobody does. */
export async function authenticate(db: Database, token: string): Promise<Principal | undefined> {
  return await db
    .selectFrom('tokens')
    .select(['role', 'project', 'label'])
    .where('hash', '=', hashToken(token))
    .executeTakeFirst();
}
