/** Boots: a node that runs, or is to run, from a volume. Here are the record, its views and the request for one. */

import { ok } from '@bullion/sdk';
import { BullionError, mayUse, newToken, notFound, type Principal, uuidv7 } from '@bullion/service';
import { type Context, type Database, now, type Trx } from './context.ts';
import { freeAddress } from './dhcp/addresses.ts';
import { type IscsiAccess, newAccess } from './exports.ts';
import { requireSealedImage } from './images.ts';
import { LIVING } from './living.ts';
import { type Phase, phasesOf, type Stages } from './stages.ts';
import type { BootState, BootTable, VolumeTable } from './store/schema.ts';
import { insertVolume, requireVolume } from './volumes.ts';

export type BootView = {
  id: string;
  node: string;
  project: string;
  image: string;
  volume: string;
  state: BootState;
  /** Follow it at /operations/{id}. */
  operation: string;
  address: string;
  hostname: string;
  /** As the node reported them: pin them before the first ssh. */
  sshHostKeys: string[];
  timeline: { stage: string; at: string }[];
  phases: Phase[];
  error: { code: string; message: string; hint?: string | undefined } | null;
  createdAt: string;
};

export async function bootView(stages: Stages, row: BootTable): Promise<BootView> {
  const timeline = await stages.timeline(row.id);
  return {
    id: row.id,
    node: row.node,
    project: row.project,
    image: row.image,
    volume: row.volume,
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

export function accessOf({ secrets }: Context, boot: BootTable): IscsiAccess {
  return secrets.open<IscsiAccess>(boot.iscsi, accessSecret(boot.id));
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
  filter: { all: boolean },
): Promise<BootTable[]> {
  let query = db.selectFrom('boots').selectAll();
  if (!filter.all) query = query.where('state', 'in', LIVING);
  const rows = await query.orderBy('id').execute();
  return rows.filter((row) => mayUse(principal, row.project));
}

export async function livingBoots(db: Database | Trx): Promise<BootTable[]> {
  return await db.selectFrom('boots').selectAll().where('state', 'in', LIVING).execute();
}

export type BootRequest = {
  node: string;
  /** One of the two: a fresh clone of an image (or snapshot), or a volume that is there. */
  image?: string | undefined;
  volume?: string | undefined;
  nic?: string | undefined;
  hostname?: string | undefined;
  sshAuthorizedKeys: string[];
};

/** Checks all that can be checked before anything is changed, then writes the boot and its operation. */
export async function createBoot(
  context: Context,
  principal: Principal,
  token: string,
  request: BootRequest,
): Promise<BootTable> {
  const { db, events, operations, secrets, network } = context;
  if ((request.image === undefined) === (request.volume === undefined)) {
    throw new BullionError(
      'invalid',
      'boot_source_unclear',
      'A boot needs an image to clone or a volume to run from: one of the two.',
      {
        hint: 'Give --image NAME for a fresh disk, or --volume NAME for one that is there.',
      },
    );
  }
  const node = await bootableNode(context, token, request.node);
  const nic = bootNic(node, request.nic, network.name);
  const id = uuidv7();
  const row = await db.transaction().execute(async (trx) => {
    const living = await livingBoots(trx);
    const other = living.find((boot) => boot.node === request.node);
    if (other) {
      throw new BullionError(
        'conflict',
        'node_booted',
        `Node "${request.node}" is ${other.state} from the volume "${other.volume}" already.`,
        {
          hint: `End that first: \`bullion boot end ${request.node}\`.`,
        },
      );
    }
    const volume = await bootVolume(trx, principal, node.project, id, request);
    const operation = await operations.create(trx, {
      kind: 'node.boot',
      subject: `node/${request.node}`,
      project: node.project,
      input: { boot: id },
    });
    const row: BootTable = {
      id,
      node: request.node,
      project: node.project,
      nic: nic.name,
      mac: nic.mac,
      image: volume.image,
      volume: volume.name,
      volume_is_new: request.volume === undefined ? 1 : 0,
      state: 'booting',
      operation,
      address: freeAddress(network.address, network.prefix, new Set(living.map((boot) => boot.address))),
      hostname: request.hostname ?? request.node,
      ssh_authorized_keys: request.sshAuthorizedKeys.map((key) => `${key.trim()}\n`).join(''),
      ssh_host_keys: '[]',
      iscsi: secrets.seal(newAccess(id, request.node), accessSecret(id)),
      script_token: newToken('boot'),
      config_token_hash: null,
      config_used: 0,
      report_token_hash: null,
      error: null,
      created_at: now(),
      ended_at: null,
    };
    await trx.insertInto('boots').values(row).execute();
    await trx
      .insertInto('boot_stages')
      .values({ boot: id, stage: 'requested', at: row.created_at })
      .execute();
    await events.append(trx, {
      kind: 'boot.requested',
      subject: `node/${request.node}`,
      project: node.project,
      data: { boot: id, volume: volume.name },
    });
    return row;
  });
  operations.start(row.operation);
  return row;
}

/** The node as the caller may see it, held by a project, with a BMC that answers. */
async function bootableNode(context: Context, token: string, name: string) {
  const { isolation } = context.isolationAs(token);
  const params = { params: { path: { node: name } } };
  const node = await ok(isolation.GET('/isolation/v1/nodes/{node}', params));
  if (node.project === null || node.state !== 'allocated') {
    throw new BullionError(
      'conflict',
      node.project === null ? 'node_free' : 'node_releasing',
      `Node "${name}" is ${node.state}, so it cannot be booted.`,
      {
        hint: `Allocate it first: \`bullion node allocate ${name} --project PROJECT\`.`,
      },
    );
  }
  await ok(isolation.GET('/isolation/v1/nodes/{node}/power', params));
  return { ...node, project: node.project };
}

type NodeView = Awaited<ReturnType<typeof bootableNode>>;

/** The NIC to boot by: the one named, or the first. It must have room for the provisioning network. */
function bootNic(node: NodeView, name: string | undefined, network: string): NodeView['nics'][number] {
  const nic = name === undefined ? node.nics[0] : node.nics.find((candidate) => candidate.name === name);
  if (!nic)
    throw notFound(
      'NIC',
      `${node.name}/${name ?? ''}`,
      `See the NICs with \`bullion node show ${node.name}\`.`,
    );
  const other = nic.networks.find((attachment) => attachment.network !== network);
  if (other) {
    throw new BullionError(
      'conflict',
      'boot_nic_taken',
      `NIC ${node.name}/${nic.name} is on the network "${other.network}", so the node cannot boot by it.`,
      {
        hint: `Detach it, or boot by another NIC: --nic NAME.`,
      },
    );
  }
  return nic;
}

async function bootVolume(
  trx: Trx,
  principal: Principal,
  project: string,
  boot: string,
  request: BootRequest,
): Promise<VolumeTable> {
  if (request.volume === undefined) {
    const image = await requireSealedImage(trx, principal, request.image!);
    return await insertVolume(trx, { name: `${request.node}-${boot.slice(-12)}`, project, image });
  }
  const volume = await requireVolume(trx, principal, request.volume);
  if (volume.project !== project) {
    throw new BullionError(
      'conflict',
      'volume_of_other_project',
      `The volume "${volume.name}" belongs to project "${volume.project}", the node to "${project}".`,
      {
        hint: 'Boot a volume of the project that holds the node.',
      },
    );
  }
  const user = await trx
    .selectFrom('boots')
    .select('node')
    .where('volume', '=', volume.name)
    .where('state', 'in', LIVING)
    .executeTakeFirst();
  if (user) {
    throw new BullionError(
      'conflict',
      'volume_in_use',
      `Node "${user.node}" runs from the volume "${volume.name}" already.`,
      {
        hint: 'A volume has one writer. Snapshot it and boot the snapshot, or release that node first.',
      },
    );
  }
  return volume;
}
