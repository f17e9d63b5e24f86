/** Who may use a network besides its owner. */
import { mayUse, notFound } from '@bullion/service';
import { type Change, insertNew } from './context.ts';
import { requireNetwork, requireOwnNetwork, requireUnused } from './networks.ts';

/** Lets another project attach its nodes. */
export async function grantAccess(
  { trx, principal, tell }: Change,
  name: string,
  project: string,
): Promise<void> {
  await requireOwnNetwork(trx, principal, name);
  // The owner may name any project: whether it exists is told, as the two must know of each other to share.
  const known = await trx
    .selectFrom('projects')
    .select('name')
    .where('name', '=', project)
    .executeTakeFirst();
  if (!known) throw notFound('project', project);
  const isNew = await insertNew(trx, 'network_access', { network: name, project });
  if (!isNew) return;
  await tell('network.access_granted', `network/${name}`, project, { project });
}

/** Takes access back: by the owner, or by the project that has it. */
export async function revokeAccess(
  { trx, principal, tell }: Change,
  name: string,
  project: string,
): Promise<void> {
  await requireNetwork(trx, principal, name);
  if (!mayUse(principal, project)) await requireOwnNetwork(trx, principal, name);
  await requireUnused(trx, principal, name, project);
  const { numDeletedRows } = await trx
    .deleteFrom('network_access')
    .where('network', '=', name)
    .where('project', '=', project)
    .executeTakeFirst();
  if (numDeletedRows === 0n) return;
  await tell('network.access_revoked', `network/${name}`, project, { project });
}
