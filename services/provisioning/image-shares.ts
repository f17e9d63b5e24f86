/** Shares: other projects that may boot and clone an image, and do nothing else with it. */
import { type Principal, projectsSeen } from '@bullion/service';
import { type Change, type Context, type Database, now, type Trx } from './context.ts';
import { requireOwnImage } from './images.ts';
import { requireProject } from './projects.ts';

/** The names of the projects, sorted. */
export async function sharesOf(db: Database | Trx, imageId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('image_shares')
    .select('project')
    .where('image', '=', imageId)
    .orderBy('project')
    .execute();
  return rows.map(({ project }) => project);
}

export async function isSharedWith(
  db: Database | Trx,
  imageId: string,
  principal: Principal,
): Promise<boolean> {
  const seen = projectsSeen(principal);
  if (!seen || seen.length === 0) return false;
  const row = await db
    .selectFrom('image_shares')
    .select('project')
    .where('image', '=', imageId)
    .where('project', 'in', seen)
    .executeTakeFirst();
  return row !== undefined;
}

/** That there is such a project is asked of the isolation service, with the service's own eyes: it need not be the caller's. */
export async function requireAnyProject(context: Context, project: string): Promise<void> {
  const self: Principal = { id: 'service', role: 'service', label: '', projects: [], project: null };
  await requireProject(context, self, project);
}

/** Does nothing where it is shared with that project already. */
export async function shareImage({ trx, principal, tell }: Change, image: string, project: string) {
  const row = await requireOwnImage(trx, principal, image);
  await trx
    .insertInto('image_shares')
    .values({ image: row.id, project, created_at: now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await tell('image.shared', `image/${image}`, row.project, { with: project });
}

/** What the project has cloned stays its own. */
export async function unshareImage({ trx, principal, tell }: Change, image: string, project: string) {
  const row = await requireOwnImage(trx, principal, image);
  await trx.deleteFrom('image_shares').where('image', '=', row.id).where('project', '=', project).execute();
  await tell('image.unshared', `image/${image}`, row.project, { with: project });
}
