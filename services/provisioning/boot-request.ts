/** The request for a boot: all that can be checked before anything is changed, and the record. */
import { ok, type Services } from '@bullion/sdk';
import {
  BullionError,
  type Credentials,
  newToken,
  notFound,
  type Principal,
  requireOperator,
  uuidv7,
} from '@bullion/service';
import type { z } from 'zod';
import { retireBoot } from './boot-end.ts';
import { requireMode } from './boot-modes.ts';
import { accessSecret, type BootView, inspectionSecret, livingBoots, viewOf } from './boots.ts';
import { type Change, type Context, now, type Trx } from './context.ts';
import { freeAddress } from './dhcp/addresses.ts';
import { newAccess } from './exports.ts';
import type { Priority } from './fleet/admission.ts';
import type { Spare } from './fleet/spare.ts';
import { isHeldFor } from './holding.ts';
import { type IdentityRequest, newIdentity } from './identity/identity.ts';
import { requireSealedImage } from './images.ts';
import { LIVING } from './living.ts';
import type { BootMode, BootTable, VolumeTable } from './store/schema.ts';
import { insertVolume, requireVolume } from './volumes.ts';
import type { Wipe } from './wipes/wipe.ts';

/** How long a request waits for the end of a boot that a former holder left, in milliseconds. */
const RETIRE_MS = 15_000;

export type BootRequest = {
  node: string;
  /** One of the two: a fresh clone of an image (or snapshot), or a volume that is there. */
  image?: string | undefined;
  volume?: string | undefined;
  mode?: BootMode | undefined;
  nic?: string | undefined;
  hostname?: string | undefined;
  sshAuthorizedKeys: string[];
  priority?: Priority | undefined;
  /** Where the disk goes when the node dies. */
  spare?: Spare | undefined;
  /** The group that it belongs to. */
  group?: string | undefined;
  users?: z.output<typeof IdentityRequest>['users'];
  userData?: string | undefined;
  /** The node only tells what it is made of, and powers off: the isolation service's token to tell it with. */
  inspection?: string | undefined;
  /** The node only erases its disks, and powers off. */
  wipe?: Wipe | undefined;
};

/** What is known before the transaction: the node as the caller sees it, and the NIC to boot by. */
export type Bootable = { node: NodeView; nic: NodeView['nics'][number] };

/** Asks of the isolation service all that can be asked before anything is changed. */
export async function checkBoot(
  context: Context,
  credentials: Credentials,
  request: BootRequest,
): Promise<Bootable> {
  return await checkBootAs(context, context.isolationAs(credentials), request);
}

/** The same for whoever asks the isolation service by `services`. */
export async function checkBootAs(
  context: Context,
  services: Services,
  request: BootRequest,
): Promise<Bootable> {
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
  const node = await bootableNode(services, request.node);
  await retire(context, node);
  return { node, nic: bootNic(node, request.nic, context.network.name) };
}

/** Writes the boot and its operation. */
export async function createBoot(
  context: Context,
  { trx, principal, tell, after }: Change,
  request: BootRequest,
  { node, nic }: Bootable,
): Promise<BootView> {
  if (request.priority === 'high') requireOperator(principal, 'boot before everybody else');
  const { operations } = context;
  const id = uuidv7();
  const subject = `node/${request.node}`;
  const living = await livingBoots(trx);
  const other = living.find((boot) => boot.node === request.node);
  if (other) throw nodeBooted(other, node.project);
  const volume = await bootVolume(trx, principal, node.project, id, request);
  await requireMode(trx, context.layers, volume.image, request);
  const operation = await operations.create(trx, {
    kind: 'node.boot',
    subject,
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
    mode: request.mode ?? 'diskless',
    state: 'booting',
    operation,
    address: await addressFor(trx, context, nic.mac, living),
    hostname: request.hostname ?? request.node,
    ssh_authorized_keys: request.sshAuthorizedKeys.map((key) => `${key.trim()}\n`).join(''),
    ...newIdentity(context, id, request),
    iscsi: context.secrets.seal(newAccess(id, request.node), accessSecret(id)),
    script_token: newToken('boot'),
    config_token_hash: null,
    config_used: 0,
    report_token_hash: null,
    inspection:
      request.inspection === undefined
        ? null
        : context.secrets.seal(request.inspection, inspectionSecret(id)),
    wipe: request.wipe === undefined ? null : JSON.stringify(request.wipe),
    priority: request.priority ?? 'normal',
    boot_group: request.group ?? null,
    spare: request.spare === undefined ? null : JSON.stringify(request.spare),
    successor: null,
    error: null,
    created_at: now(),
    ended_at: null,
  };
  await trx.insertInto('boots').values(row).execute();
  const requested = { stage: 'requested', at: row.created_at };
  await trx
    .insertInto('boot_stages')
    .values({ boot: id, ...requested })
    .execute();
  await tell('boot.requested', subject, node.project, { boot: id, volume: volume.name });
  after(() => operations.start(operation));
  return viewOf(row, [requested]);
}

function nodeBooted(boot: BootTable, project: string): BullionError {
  // The words for a stranger say nothing of the former holder's boot.
  return boot.project === project
    ? new BullionError(
        'conflict',
        'node_booted',
        `Node "${boot.node}" is ${boot.state} from the volume "${boot.volume}" already.`,
        { hint: `End that first: \`bullion boot end ${boot.node}\`.` },
      )
    : new BullionError(
        'conflict',
        'node_booted',
        `Node "${boot.node}" is still being taken back from the project that held it before.`,
        { hint: 'Try again in some seconds.' },
      );
}

/** Empty where another server gives it. Else the NIC's last address where it is free, else the one that has been free for longest: DHCP remembers for a while. */
async function addressFor(
  trx: Trx,
  { network }: Context,
  mac: string,
  living: readonly BootTable[],
): Promise<string> {
  if (network.dhcp === 'proxy') return '';
  const former = await trx
    .selectFrom('boots')
    .select(['address', 'mac', ({ fn }) => fn.max('id').as('last')])
    .groupBy(['address', 'mac'])
    .orderBy('last', 'desc')
    .execute();
  return freeAddress(network.address, network.prefix, {
    taken: new Set(living.map((boot) => boot.address)),
    own: former.find((boot) => boot.mac === mac)?.address,
    recent: former.filter((boot) => boot.mac !== mac).map((boot) => boot.address),
  });
}

/**
 * Ends the boot that the node's former holder left: the node was released and given out again before the sweeper saw
 * it. Returns when that is done, or takes too long.
 */
async function retire(context: Context, node: NodeView): Promise<void> {
  const boot = (await livingBoots(context.db)).find((living) => living.node === node.name);
  if (!boot || isHeldFor(boot, node, context.network.name)) return;
  const operation = await retireBoot(context, boot);
  await context.operations.wait(operation, RETIRE_MS);
}

/** The node as the caller may see it, held by a project, with a BMC that answers. */
async function bootableNode({ isolation }: Services, name: string) {
  const params = { params: { path: { node: name } } };
  const node = await ok(isolation.GET('/isolation/v1/nodes/{node}', params));
  if (node.project === null || node.state !== 'allocated') {
    throw new BullionError(
      'conflict',
      node.project === null ? 'node_free' : 'node_releasing',
      `Node "${name}" is ${node.state}, so it cannot be booted.`,
      {
        hint:
          node.project === null
            ? `Allocate it first: \`bullion node allocate ${name} --project PROJECT\`.`
            : 'Wait until it is free, then allocate it again.',
      },
    );
  }
  // A BMC that answered a moment ago may have died since.
  const now = { params: { ...params.params, query: { fresh: 'true' } } };
  await ok(isolation.GET('/isolation/v1/nodes/{node}/power', now));
  return { ...node, project: node.project };
}

type NodeView = Awaited<ReturnType<typeof bootableNode>>;

/** The NIC to boot by: the one named, or the first. It must have room for the provisioning network. */
export function bootNic<Nic extends NodeView['nics'][number]>(
  node: { name: string; nics: Nic[] },
  name: string | undefined,
  network: string,
): Nic {
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

/** A name of at most 63 characters, as all names are. */
const volumeName = (node: string, boot: string) => `${node.slice(0, 50)}-${boot.slice(-12)}`;

async function bootVolume(
  trx: Trx,
  principal: Principal,
  project: string,
  boot: string,
  request: BootRequest,
): Promise<VolumeTable> {
  if (request.volume === undefined) {
    const image = await requireSealedImage(trx, principal, request.image!);
    return await insertVolume(trx, { name: volumeName(request.node, boot), project, image });
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
