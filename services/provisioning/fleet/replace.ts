/**
 * Replacing a boot by another: the same disk on another node (a move, or a fail-over to a spare), or another image on
 * the same node (re-provisioning; a roll-back where the image is a snapshot). One operation, whose steps do nothing
 * where their work is done: after a kill it goes on where it was.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ok } from '@bullion/sdk';
import { BullionError, messageOf, type OperationContext } from '@bullion/service';
import { retireBoot } from '../boot-end.ts';
import type { BootParts } from '../boot-parts.ts';
import { type BootRequest, checkBootAs, createBoot } from '../boot-request.ts';
import { loadBoot } from '../boots.ts';
import type { Change, Context } from '../context.ts';
import type { BootTable } from '../store/schema.ts';
import { powerOffVerified } from './fence.ts';
import { type Spare, takeSpare } from './spare.ts';

export type Replacement = {
  boot: string;
  /** The node to go to; a spare is chosen when the old node is fenced. */
  to: { node: string } | { spare: Spare };
  /** Left out: the same disk. */
  image?: string | undefined;
  /** Asked to shut down first; a node that is thought dead is not. */
  graceful: boolean;
};
type Operation = OperationContext<Replacement>;
type Note = (text: string) => Promise<void>;

const POLL_MS = 500;

/** Writes the operation, which is to be started then. */
export async function beginReplacement(
  { operations }: Context,
  { trx, tell }: Pick<Change, 'trx' | 'tell'>,
  boot: BootTable,
  replacement: Omit<Replacement, 'boot'>,
): Promise<string> {
  if (boot.state !== 'running' || boot.successor !== null) {
    throw new BullionError(
      'conflict',
      'boot_not_running',
      `The boot of node "${boot.node}" is ${boot.state}, so nothing can take its place.`,
      { hint: `Look at it: \`bullion boot show ${boot.node}\`.` },
    );
  }
  if (await isBeingReplaced(trx, boot)) {
    throw new BullionError(
      'conflict',
      'boot_being_replaced',
      `Node "${boot.node}" is being replaced already.`,
      {
        hint: 'See how far it is: `bullion events`.',
      },
    );
  }
  const subject = `node/${boot.node}`;
  const input: Replacement = { boot: boot.id, ...replacement };
  const project = boot.project;
  const operation = await operations.create(trx, { kind: 'boot.replace', subject, project, input });
  await tell('boot.replace', subject, project, { boot: boot.id, operation });
  return operation;
}

/** The last operation that was to replace this boot. */
export async function lastReplacement(db: Change['trx'] | Context['db'], boot: BootTable) {
  const rows = await db
    .selectFrom('operations')
    .select(['state', 'input', 'finished_at'])
    .where('kind', '=', 'boot.replace')
    .where('subject', '=', `node/${boot.node}`)
    .orderBy('id', 'desc')
    .execute();
  return rows.find(({ input }) => (JSON.parse(input) as Replacement).boot === boot.id);
}

async function isBeingReplaced(db: Change['trx'], boot: BootTable): Promise<boolean> {
  return (await lastReplacement(db, boot))?.state === 'running';
}

export function defineReplacement(context: Context, parts: BootParts): void {
  context.operations.define<Replacement>('boot.replace', async (operation) => {
    const { input, signal } = operation;
    let boot = await loadBoot(context.db, input.boot);
    if (boot.state === 'running') {
      if (input.graceful) await operation.step('shut down', (note) => shutDown(context, boot, signal, note));
      await operation.step('power off', () => powerOffVerified(context, parts, boot, signal));
    }
    await operation.step('end the boot', () => endFormer(context, boot, signal));
    boot = await loadBoot(context.db, input.boot);
    const successor =
      boot.successor ?? (await operation.step('boot', () => succeed(context, operation, boot)));
    await operation.step('follow', () => comeUp(context, successor, signal));
  });
}

/** Asked by its power button; one that does not heed it in time is switched off. */
async function shutDown({ isolation, softOffMs }: Context, boot: BootTable, signal: AbortSignal, note: Note) {
  const params = { path: { node: boot.node } };
  try {
    await ok(
      isolation.isolation.PUT('/isolation/v1/nodes/{node}/power', {
        params,
        signal,
        body: { action: 'soft' },
      }),
    );
  } catch (error) {
    signal.throwIfAborted();
    // It is off already, or its BMC has no such button.
    return await note(`not asked to shut down: ${messageOf(error)}`);
  }
  const fresh = { params: { ...params, query: { fresh: 'true' } }, signal };
  for (const deadline = Date.now() + softOffMs; Date.now() < deadline; ) {
    const { power } = await ok(isolation.isolation.GET('/isolation/v1/nodes/{node}/power', fresh));
    if (power === 'off') return;
    await sleep(POLL_MS, undefined, { signal });
  }
  await note(`it did not shut down within ${softOffMs / 1000} s`);
}

/** Power, port, and target are taken away and read to be; the volume stays. */
async function endFormer(context: Context, boot: BootTable, signal: AbortSignal): Promise<void> {
  const { state } = await loadBoot(context.db, boot.id);
  if (state === 'ended' || state === 'failed') return;
  const { operations } = context;
  const id = await retireBoot(context, boot);
  for (;;) {
    const { state, error } = await operations.wait(id, 60_000);
    signal.throwIfAborted();
    if (state === 'succeeded') return;
    if (state === 'running') continue;
    throw new BullionError(
      'bad_gateway',
      'boot_not_fenced',
      `The disk of node "${boot.node}" stays closed: ${error?.message ?? 'its boot could not be ended.'}`,
      { hint: `Put the cause right and end it: \`bullion boot end ${boot.node}\`; then boot its volume.` },
    );
  }
}

/** Writes the boot that takes the place; of a crash in between there is either both, or nothing. */
async function succeed(context: Context, { input }: Operation, former: BootTable): Promise<string> {
  const node = 'node' in input.to ? input.to.node : await takeSpare(context, former, input.to.spare);
  const request: BootRequest = {
    node,
    ...(input.image === undefined ? { volume: former.volume } : { image: input.image }),
    hostname: former.hostname === former.node ? node : former.hostname,
    sshAuthorizedKeys: former.ssh_authorized_keys.trimEnd().split('\n').filter(Boolean),
    ...(former.spare === null ? {} : { spare: JSON.parse(former.spare) as Spare }),
  };
  const bootable = await checkBootAs(context, context.isolation, request);
  if (bootable.node.project !== former.project) {
    throw new BullionError(
      'conflict',
      'node_of_other_project',
      `Node "${node}" is not held by "${former.project}" any more.`,
      { hint: `The disk is whole: \`bullion boot NODE --volume ${former.volume}\`.` },
    );
  }
  return await context.changes.own(`boot node ${node} in place of ${former.node}`, async (change) => {
    const boot = await createBoot(context, change, request, bootable);
    await change.trx.updateTable('boots').set({ successor: boot.id }).where('id', '=', former.id).execute();
    return boot.id;
  });
}

/** Begins a boot that was written, and waits until it runs. Throws why it does not. */
export async function comeUp({ db, operations }: Context, id: string, signal: AbortSignal): Promise<void> {
  const { operation } = await loadBoot(db, id);
  operations.start(operation); // Written, but perhaps not begun, before a crash.
  for (;;) {
    const { state, error } = await operations.wait(operation, 60_000);
    signal.throwIfAborted();
    if (state === 'succeeded') return;
    if (state === 'failed')
      throw new BullionError('bad_gateway', error!.code, error!.message, { hint: error!.hint });
  }
}
