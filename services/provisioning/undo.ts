/**
 * How a boot is undone. Every part does nothing where its work is done already, so that it can be begun again after a
 * crash, and goes on where another part fails: the target is closed even when the BMC is dead.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isolationOperation, ok, settle } from '@bullion/sdk';
import { BullionError, messageOf } from '@bullion/service';
import { type BootParts, refreshHosts } from './boot-parts.ts';
import { accessOf, loadBoot } from './boots.ts';
import { type Context, now } from './context.ts';
import { isHeld } from './holding.ts';
import type { BootTable } from './store/schema.ts';
import { removeVolumeRow } from './volumes.ts';

/** How long the switch may take to be read without the node's port, in milliseconds. It is done in any case. */
const DETACH_MS = 30_000;
const RETRY_MAX_MS = 10_000;

/** What the isolation service answers where it has done, or is doing, the same by itself. */
const DONE_THERE = ['node_free', 'node_releasing', 'node_not_found', 'attachment_not_found'];

/**
 * Takes away all that a boot has put in place, and returns what could not be. Waits while the isolation service does not
 * answer: the node's port must not stay open. Rejects only when this service closes.
 */
export async function undo(
  context: Context,
  parts: BootParts,
  boot: BootTable,
  options: { deleteVolume: boolean },
): Promise<string[]> {
  const { closing, log } = context;
  const { isolation } = context.isolation;
  const failures: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    for (let wait = 250; ; wait = Math.min(wait * 2, RETRY_MAX_MS)) {
      try {
        await work();
        return;
      } catch (error) {
        closing.throwIfAborted();
        const code = error instanceof BullionError ? error.code : undefined;
        if (code !== undefined && DONE_THERE.includes(code)) return;
        if (code !== 'service_unreachable') {
          log.warn({ boot: boot.id, node: boot.node, failure: messageOf(error) }, `not undone: ${what}`);
          failures.push(`${what}: ${messageOf(error)}`);
          return;
        }
        await sleep(wait, undefined, { signal: closing });
      }
    }
  };
  await attempt('DHCP', () => refreshHosts(context, parts));
  // A node that was given to somebody else meanwhile is theirs: its power and its port are no longer ours to touch.
  let held = false;
  await attempt('look at the node', async () => {
    held = await isHeld(context, { ...boot, state: 'ending' });
  });
  const node = { params: { path: { node: boot.node } }, signal: closing };
  if (held) {
    await attempt('power off', () =>
      ok(isolation.PUT('/isolation/v1/nodes/{node}/power', { ...node, body: { action: 'off' } })),
    );
    await attempt('detach', async () => {
      const path = { node: boot.node, nic: boot.nic, network: context.network.name };
      const { operation } = await ok(
        isolation.DELETE('/isolation/v1/nodes/{node}/nics/{nic}/networks/{network}', { params: { path } }),
      );
      await detached(context, operation);
    });
  }
  parts.copies.forget(boot.id);
  parts.admission.forget(boot.id);
  await attempt('close the target', () => parts.exports.remove(accessOf(context, boot).target));
  if (options.deleteVolume) await attempt('delete the volume', () => dropVolume(context, boot));
  return failures;
}

async function detached({ isolation, closing }: Context, operation: string): Promise<void> {
  const late = AbortSignal.timeout(DETACH_MS);
  try {
    await settle(isolationOperation(isolation), operation, { signal: AbortSignal.any([late, closing]) });
  } catch (error) {
    if (!late.aborted) throw error;
    throw new BullionError(
      'timeout',
      'detach_not_verified',
      `the switch was not read without the node's port within ${DETACH_MS / 1000} s; it is tried on`,
    );
  }
}

/** Deletes the volume of a boot. What it stands on, and the snapshots that were taken of it, stay. */
export async function dropVolume({ db, layers }: Context, boot: BootTable): Promise<void> {
  const volume = await db
    .selectFrom('volumes')
    .select('id')
    .where('name', '=', boot.volume)
    .executeTakeFirst();
  if (!volume) return;
  await db.transaction().execute((trx) => removeVolumeRow(trx, volume.id));
  await layers.discard(volume.id);
}

/** The record's end: `failed` where the boot has an error, else `ended`. Node, address and volume are free with it. */
export async function close(context: Context, boot: BootTable, leftovers: readonly string[]): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const { error } = await loadBoot(trx, boot.id);
    const state = error === null ? 'ended' : 'failed';
    await trx
      .updateTable('boots')
      .set({ state, ended_at: now(), error: error && withLeftovers(error, leftovers) })
      .where('id', '=', boot.id)
      .execute();
    await context.events.append(trx, {
      kind: `boot.${state}`,
      subject: `node/${boot.node}`,
      project: boot.project,
      data: { boot: boot.id },
    });
  });
}

function withLeftovers(json: string, leftovers: readonly string[]): string {
  if (leftovers.length === 0) return json;
  const error = JSON.parse(json) as { message: string };
  return JSON.stringify({ ...error, message: `${error.message} Not undone: ${leftovers.join('; ')}.` });
}
