/** The calls of M2, each with its method, its parameters and what it answers. A disk of M2 is a volume here. */
import { BullionError, mayUse } from '@bullion/service';
import type { FastifyRequest } from 'fastify';
import { endBoot } from '../boot-end.ts';
import type { BootParts } from '../boot-parts.ts';
import { checkBoot, createBoot } from '../boot-request.ts';
import { requireBoot } from '../boots.ts';
import type { Context } from '../context.ts';
import { deleteImage, requireImage } from '../images.ts';
import { requireProject } from '../projects.ts';
import { snapshotVolume } from '../snapshots.ts';
import { createVolume, deleteVolume, requireVolume } from '../volumes.ts';
import { type Form, M2Refusal } from './form.ts';

type Asked = { context: Context; parts: BootParts; request: FastifyRequest; form: Form };

export type Call = {
  method: 'PUT' | 'POST' | 'DELETE';
  path: string;
  /** Beside `project`, which every call has. */
  parameters: readonly string[];
  /** True is told as `Success`, anything else as JSON. */
  answer: (asked: Asked) => Promise<unknown>;
};

export const CALLS: readonly Call[] = [
  { method: 'PUT', path: '/create_disk', parameters: ['disk_name', 'img'], answer: createDisk },
  { method: 'DELETE', path: '/delete_disk', parameters: ['disk_name'], answer: deleteDisk },
  { method: 'PUT', path: '/provision', parameters: ['node', 'disk_name', 'nic'], answer: provision },
  { method: 'DELETE', path: '/deprovision', parameters: ['node', 'nic'], answer: deprovision },
  { method: 'PUT', path: '/create_snapshot', parameters: ['disk_name', 'snap_name'], answer: createSnapshot },
  { method: 'POST', path: '/list_snapshots', parameters: [], answer: listSnapshots },
  { method: 'POST', path: '/list_images', parameters: [], answer: listImages },
  { method: 'DELETE', path: '/remove_image', parameters: ['img'], answer: removeImage },
];

/** A script goes on with `delete_disk`: a boot that is ended is gone when `deprovision` answers, or so long was waited. */
const END_MS = 60_000;

const absent = (name: string) => new M2Refusal(404, `${name} not found`);

/** Runs a lookup of ours; what is not there is said in M2's words. */
async function found<Row>(name: string, look: Promise<Row>): Promise<Row> {
  return await look.catch((error: unknown) => {
    throw error instanceof BullionError && error.kind === 'not_found' ? absent(name) : error;
  });
}

/** The project that every call names must be one of the caller's. */
async function checkProject({ context, request, form }: Asked): Promise<string> {
  const project = form.project!;
  await found(project, requireProject(context, request.principal, project));
  return project;
}

/** Does what a call changes, with its line of the audit log. */
async function perform<Answer>(
  { context, request }: Asked,
  work: Parameters<Context['changes']['perform']>[2],
): Promise<Answer> {
  return (await context.changes.perform(request, 200, work)).body as Answer;
}

async function ownVolume(asked: Asked, project: string) {
  const { context, request, form } = asked;
  const name = form.disk_name!;
  const volume = await found(name, requireVolume(context.db, request.principal, name));
  if (volume.project !== project) throw absent(name);
  return volume;
}

async function createDisk(asked: Asked): Promise<unknown> {
  const { context, request, form } = asked;
  const project = await checkProject(asked);
  const [name, image] = [form.disk_name!, form.img!];
  await found(image, requireImage(context.db, request.principal, image));
  try {
    await perform(asked, (commit) =>
      commit((change) => createVolume(context, change, { name, project, image })),
    );
  } catch (error) {
    if (!(error instanceof BullionError) || error.code !== 'volume_exists') throw error;
    throw new M2Refusal(409, `Disk exists. Endpoint:${name}`);
  }
  return name;
}

async function deleteDisk(asked: Asked): Promise<unknown> {
  const { name } = await ownVolume(asked, await checkProject(asked));
  await perform(asked, (commit) => commit((change) => deleteVolume(asked.context, change, name)));
  return true;
}

/** M2 only writes the boot files, and its caller switches the node on; here it is switched on as well. */
async function provision(asked: Asked): Promise<unknown> {
  const { context, request, form } = asked;
  const volume = await ownVolume(asked, await checkProject(asked));
  const boot = { node: form.node!, volume: volume.name, nic: form.nic!, sshAuthorizedKeys: [] };
  const { token, scheme } = request;
  await perform(asked, async (commit) => {
    const bootable = await found(boot.node, checkBoot(context, { token, scheme }, boot));
    return await commit((change) => createBoot(context, change, boot, bootable));
  });
  return true;
}

async function deprovision(asked: Asked): Promise<unknown> {
  const { context, request, form } = asked;
  const project = await checkProject(asked);
  const node = form.node!;
  const boot = await found(node, requireBoot(context.db, request.principal, node));
  if (boot.project !== project || boot.nic !== form.nic || ['ended', 'failed'].includes(boot.state))
    throw absent(node);
  const id = await perform<string>(asked, (commit) =>
    commit(async ({ trx, after }) => {
      const id = await endBoot(context, trx, boot, { deleteVolume: false });
      after(() => context.operations.start(id));
      return id;
    }),
  );
  const { state, error } = await context.operations.wait(id, END_MS);
  if (state === 'failed') throw new M2Refusal(500, error?.message ?? `${node} was not deprovisioned`);
  return true;
}

async function createSnapshot(asked: Asked): Promise<unknown> {
  const { context, request, form } = asked;
  const volume = await ownVolume(asked, await checkProject(asked));
  const snapshot = { volume: volume.name, name: form.snap_name! };
  await perform(asked, (commit) => snapshotVolume(context, request.principal, snapshot, commit));
  return true;
}

/** Each with the image that it came from. */
async function listSnapshots(asked: Asked): Promise<unknown> {
  const project = await checkProject(asked);
  const rows = await asked.context.db
    .selectFrom('images')
    .select(['name', 'parent'])
    .where('kind', '=', 'snapshot')
    .where('state', '=', 'sealed')
    .where('project', '=', project)
    .orderBy('name')
    .execute();
  return rows.map(({ name, parent }) => [name, parent]);
}

/** The names of those that the project may clone. */
async function listImages(asked: Asked): Promise<unknown> {
  const project = await checkProject(asked);
  const { db } = asked.context;
  const shared = db.selectFrom('image_shares').select('image').where('project', '=', project);
  const rows = await db
    .selectFrom('images')
    .select('name')
    .where('kind', '=', 'image')
    .where('state', '=', 'sealed')
    .where((eb) => eb.or([eb('public', '=', 1), eb('project', '=', project), eb('id', 'in', shared)]))
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => name);
}

/** Images and snapshots. */
async function removeImage(asked: Asked): Promise<unknown> {
  const { context, request, form } = asked;
  await checkProject(asked);
  const name = form.img!;
  const row = await found(name, requireImage(context.db, request.principal, name));
  if (row.project !== form.project)
    throw mayUse(request.principal, row.project) ? absent(name) : forbidden(name);
  await perform(asked, (commit) => commit((change) => deleteImage(context, change, name)));
  return true;
}

const forbidden = (name: string) => new M2Refusal(403, `${name} belongs to another project`);
