/**
 * Who may use a network besides its owner. Its owner may name any project, and is not told whether there is one: a name
 * that is no project's gives nothing, neither now nor to a later project of that name, and looks the same to the owner.
 */
import { mayUse } from '@bullion/service';
import type { Change } from './context.ts';
import { requireNetwork, requireOwnNetwork, requireUnused } from './networks.ts';

/** Lets another project attach its nodes. */
export async function grantAccess(
  { trx, principal, tell }: Change,
  asked: string,
  project: string,
): Promise<void> {
  const { name: network } = await requireOwnNetwork(trx, principal, asked);
  const known = await trx
    .selectFrom('projects')
    .select('name')
    .where('name', '=', project)
    .executeTakeFirst();
  const given = known ? 1 : 0;
  const before = await remove(trx, network, project);
  await trx.insertInto('network_access').values({ network, project, given }).execute();
  if (before?.given === given) return;
  await tell('network.access_granted', `network/${network}`, known ? project : null, { project });
}

/** Takes access back: by the owner, or by the project that has it. */
export async function revokeAccess(
  { trx, principal, tell }: Change,
  asked: string,
  project: string,
): Promise<void> {
  const { name: network } = await requireNetwork(trx, principal, asked);
  if (!mayUse(principal, project)) await requireOwnNetwork(trx, principal, `/${network}`);
  await requireUnused(trx, principal, network, project);
  const before = await remove(trx, network, project);
  if (!before) return;
  await tell('network.access_revoked', `network/${network}`, before.given ? project : null, { project });
}

async function remove(trx: Change['trx'], network: string, project: string) {
  return await trx
    .deleteFrom('network_access')
    .where('network', '=', network)
    .where('project', '=', project)
    .returning('given')
    .executeTakeFirst();
}
