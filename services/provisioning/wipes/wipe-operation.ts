/**
 * A wipe, step by step; each does nothing where its work is done, so that after a crash it is begun again. It fails where
 * the node does not come up, says that it failed, or falls silent: then the release fails, and the node is given to nobody.
 */
import { ok } from '@bullion/sdk';
import { BullionError, type OperationContext } from '@bullion/service';
import { endBoot, retireBoot } from '../boot-end.ts';
import { bootNic, createBoot } from '../boot-request.ts';
import { livingBoots, loadBoot } from '../boots.ts';
import type { Change, Context } from '../context.ts';
import { comeUp } from '../fleet/replace.ts';
import type { BootTable } from '../store/schema.ts';
import { NOBODY, policyFor, type Wipe, wipeOf } from './wipe.ts';

/** As the isolation service tells a hook. */
export type WipeRequest = { node: string; allocation: string; operation: string };
type Operation = OperationContext<WipeRequest>;

export async function beginWipe(
  { operations }: Context,
  { trx, after }: Pick<Change, 'trx' | 'after'>,
  request: WipeRequest,
): Promise<string> {
  const subject = `node/${request.node}`;
  const id = await operations.create(trx, { kind: 'node.wipe', subject, project: null, input: request });
  after(() => operations.start(id));
  return id;
}

export function defineWipe(context: Context): void {
  const { isolation } = context.isolation;
  context.operations.define<WipeRequest>('node.wipe', async (operation) => {
    const { node, ...release } = operation.input;
    const params = { path: { node } };
    const { metadata } = await ok(isolation.GET('/isolation/v1/nodes/{node}', { params }));
    const policy = policyFor(node, metadata, context.wipes.policy);
    if (policy === 'none') return;
    await operation.step('end the former boot', () => endFormer(context, operation));
    await operation.step('open the node', () =>
      ok(isolation.POST('/isolation/v1/nodes/{node}/wiping', { params, body: release })),
    );
    const boot = (await ownBoot(context, operation)) ?? (await begin(context, operation, policy));
    await operation.step('wipe', () => comeUp(context, boot, operation.signal));
    await operation.step('end the boot', () => finish(context, boot));
  });
}

/** What the node's former holder left running. The node is off; its disk on the network must be closed. */
async function endFormer(context: Context, operation: Operation): Promise<void> {
  const { node } = operation.input;
  for (;;) {
    const boot = (await livingBoots(context.db)).find((living) => living.node === node);
    if (!boot || wipeOf(boot)?.operation === operation.id) return;
    await over(context, await retireBoot(context, boot), operation.signal);
    const { state } = await loadBoot(context.db, boot.id);
    if (state !== 'ending') continue;
    throw new BullionError(
      'conflict',
      'node_booted',
      `The former boot of node "${node}" could not be ended, so the node was not wiped.`,
      { hint: `See why: \`bullion boot show ${node}\`; then release the node again.` },
    );
  }
}

async function over({ operations }: Context, id: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { state } = await operations.wait(id, 60_000);
    signal.throwIfAborted();
    if (state !== 'running') return;
  }
}

/** The boot that a former run of this operation wrote. */
async function ownBoot({ db }: Context, { id, input }: Operation): Promise<string | undefined> {
  const rows = await db.selectFrom('boots').selectAll().where('node', '=', input.node).execute();
  return rows.find((row) => wipeOf(row)?.operation === id)?.id;
}

async function begin(context: Context, { id, input }: Operation, policy: Wipe['policy']): Promise<string> {
  const { node: name, allocation } = input;
  await requireImage(context);
  const params = { path: { node: name } };
  const node = await ok(context.isolation.isolation.GET('/isolation/v1/nodes/{node}', { params }));
  const nic = bootNic(node, await lastNic(context, name), context.network.name);
  const wipe: Wipe = { policy, allocation, operation: id };
  const request = { node: name, image: context.wipes.image, sshAuthorizedKeys: [], wipe };
  return await context.changes.own(`wipe node ${name}`, async (change) => {
    const boot = await createBoot(context, change, request, { node: { ...node, project: NOBODY }, nic });
    return boot.id;
  });
}

/** It is trusted with all disks: one of the operator's, whatever others call theirs. */
async function requireImage({ db, wipes }: Context): Promise<void> {
  const image = await db.selectFrom('images').selectAll().where('name', '=', wipes.image).executeTakeFirst();
  if (image?.project === null && image.state === 'sealed' && image.cmdline !== null) return;
  throw new BullionError(
    'conflict',
    'wipe_image_missing',
    `There is no image "${wipes.image}" of the operator's to wipe nodes with.`,
    {
      hint: `Build it: \`bullion image build ${wipes.image} --recipe wiper\`; or, for a node without disks, \`bullion node metadata NODE wipe none\`. Then release the node again.`,
    },
  );
}

/** The NIC that the node was booted by last. */
async function lastNic({ db }: Context, node: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('boots')
    .select('nic')
    .where('node', '=', node)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.nic;
}

/** What cannot be undone here the release undoes: it reads power and port itself. */
async function finish(context: Context, id: string): Promise<void> {
  const boot: BootTable = await loadBoot(context.db, id);
  if (boot.state !== 'running') return;
  const end = await context.changes.own(`end the wipe of node ${boot.node}`, ({ trx }) =>
    endBoot(context, trx, boot, { deleteVolume: true }),
  );
  context.operations.start(end);
  await over(context, end, context.closing);
}
