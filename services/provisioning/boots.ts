/** Boots: a node that runs, or is to run, from a volume. Here are the record and its views. */
import { mayUse, notFound, type Page, type Principal, projectsSeen } from '@bullion/service';
import type { Context, Database, Trx } from './context.ts';
import type { IscsiAccess } from './exports.ts';
import type { Priority } from './fleet/admission.ts';
import { LIVING } from './living.ts';
import { type Phase, phasesOf, type Stages } from './stages.ts';
import type { BootMode, BootState, BootTable } from './store/schema.ts';

export type BootView = {
  id: string;
  node: string;
  project: string;
  image: string;
  volume: string;
  mode: BootMode;
  group: string | null;
  priority: Priority;
  state: BootState;
  /** Follow it at /operations/{id}. */
  operation: string;
  address: string;
  hostname: string;
  /** Made before the boot, so that the first ssh can be verified; of an image that makes its own, as it reported them. */
  sshHostKeys: string[];
  timeline: { stage: string; at: string }[];
  phases: Phase[];
  error: { code: string; message: string; hint?: string | undefined } | null;
  createdAt: string;
};

export async function bootView(stages: Stages, row: BootTable): Promise<BootView> {
  return viewOf(row, await stages.timeline(row.id));
}

export function viewOf(row: BootTable, timeline: { stage: string; at: string }[]): BootView {
  return {
    id: row.id,
    node: row.node,
    project: row.project,
    image: row.image,
    volume: row.volume,
    mode: row.mode,
    group: row.boot_group,
    priority: row.priority,
    state: row.state,
    operation: row.operation,
    address: row.address,
    hostname: row.hostname,
    sshHostKeys: JSON.parse(row.ssh_host_keys) as string[],
    timeline,
    phases: phasesOf(timeline),
    error: row.error === null ? null : (JSON.parse(row.error) as BootView['error']),
    createdAt: row.created_at,
  };
}

export const accessSecret = (boot: string) => `boot/${boot}/iscsi`;

export const inspectionSecret = (boot: string) => `boot/${boot}/inspection`;

export function accessOf({ secrets }: Context, boot: BootTable): IscsiAccess {
  return secrets.open<IscsiAccess>(boot.iscsi, accessSecret(boot.id));
}

export async function loadBoot(db: Database | Trx, id: string): Promise<BootTable> {
  return await db.selectFrom('boots').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

/** By its id, or by the name of a node for the node's latest boot. */
export async function requireBoot(
  db: Database | Trx,
  principal: Principal,
  idOrNode: string,
): Promise<BootTable> {
  const row = await db
    .selectFrom('boots')
    .selectAll()
    .where((eb) => eb.or([eb('id', '=', idOrNode), eb('node', '=', idOrNode)]))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row || !mayUse(principal, row.project)) throw notFound('boot', idOrNode);
  return row;
}

export async function listBoots(
  { db }: Context,
  principal: Principal,
  { all, after, limit }: Page & { all: boolean },
): Promise<BootTable[]> {
  let query = db.selectFrom('boots').selectAll().where('id', '>', after);
  if (!all) query = query.where('state', 'in', LIVING);
  const seen = projectsSeen(principal);
  if (seen) query = query.where('project', 'in', seen);
  return await query.orderBy('id').limit(limit).execute();
}

export async function livingBoots(db: Database | Trx): Promise<BootTable[]> {
  return await db.selectFrom('boots').selectAll().where('state', 'in', LIVING).execute();
}
