/** Following a node from its power-on to its own report, and noticing when that can no longer come. */
import { ok } from '@bullion/sdk';
import { BullionError, messageOf, type OperationContext } from '@bullion/service';
import type { BootParts } from './boot-parts.ts';
import { loadBoot } from './boots.ts';
import type { Context } from './context.ts';
import { isHeldFor } from './holding.ts';
import { isReached, type Stage } from './stages.ts';
import type { BootTable } from './store/schema.ts';

export type Following = { until: Stage; note: (text: string) => Promise<void> };

/**
 * Returns when the node has reached the stage `until`. Throws `boot_failed` when it has failed, is gone, or takes too
 * long: a copy may take as long as it will while bytes move.
 */
export async function follow(
  context: Context,
  { stages, copies }: BootParts,
  { signal }: OperationContext<unknown>,
  boot: BootTable,
  { until, note }: Following,
): Promise<void> {
  const begun = Date.now();
  // A node that has just been switched on, or has just reached a stage, is alive: it is looked at when it is silent.
  let heardAt = Date.now();
  let told = '';
  for (;;) {
    const copy = copies.of(boot.id);
    const deadline = Math.max(begun, copy?.movedAt ?? 0) + context.bootTimeoutMs;
    // Listen before looking, or a report that comes between the two would be missed.
    const listening = new AbortController();
    const patience = AbortSignal.timeout(Math.max(1, Math.min(context.lookMs, deadline - Date.now())));
    const change = stages
      .next(boot.id, AbortSignal.any([signal, listening.signal, patience]))
      .catch(() => {});
    try {
      const { error } = await loadBoot(context.db, boot.id);
      if (error !== null) throw bootFailed(boot, whyFailed(error));
      const last = (await stages.timeline(boot.id)).at(-1)!.stage;
      if (isReached(last, until)) return;
      const work = boot.wipe === null ? 'copying' : 'wiping';
      const news = last === 'kernel' && copy ? `${work}: ${copy.percent} %` : `reached: ${last}`;
      if (news !== told) {
        await note(news);
        told = news;
        heardAt = Date.now();
      }
      if (Date.now() >= deadline) {
        const missed = until === 'copied' ? 'copy the image' : 'report back';
        const silent =
          last === 'power-on'
            ? '; it never asked for an address by its boot NIC: has it booted from another device?'
            : '';
        throw bootFailed(
          boot,
          `it did not ${missed} within ${context.bootTimeoutMs / 1000} s; the last stage it reached is "${last}"${silent}`,
        );
      }
      if (Date.now() - heardAt >= context.lookMs) await requireAlive(context, boot);
      await change;
      signal.throwIfAborted();
    } finally {
      listening.abort();
    }
  }
}

/** What was found about the node while it booted, by itself or by DHCP. */
function whyFailed(json: string): string {
  const { code, message } = JSON.parse(json) as { code: string; message: string };
  return code === 'node_reported_failure' ? `it reported a failure: ${message}` : message;
}

/** That a BMC or the isolation service does not answer once says nothing about the node. */
async function requireAlive(context: Context, boot: BootTable): Promise<void> {
  const { isolation } = context.isolation;
  const params = { params: { path: { node: boot.node } } };
  try {
    const node = await ok(isolation.GET('/isolation/v1/nodes/{node}', params));
    if (!isHeldFor(boot, node, context.network.name)) throw bootFailed(boot, 'it was released meanwhile');
    const { power } = await ok(isolation.GET('/isolation/v1/nodes/{node}/power', params));
    if (power === 'off') throw bootFailed(boot, 'its power went off');
  } catch (error) {
    if (!(error instanceof BullionError) || error.code === codeFor(boot)) throw error;
    if (error.code === 'node_not_found') throw bootFailed(boot, 'it was taken out of the data centre');
    context.log.warn({ boot: boot.id, node: boot.node, error: messageOf(error) }, 'cannot look at the node');
  }
}

const codeFor = ({ wipe }: BootTable) => (wipe === null ? 'boot_failed' : 'wipe_failed');

/** The one error of a node that does not come up. */
export function bootFailed(boot: BootTable, why: string): BullionError {
  const failed = boot.wipe === null ? `did not boot from the volume "${boot.volume}"` : 'was not wiped';
  const next = boot.wipe === null ? '' : ' Put the cause right, then release it again.';
  return new BullionError('bad_gateway', codeFor(boot), `Node "${boot.node}" ${failed}: ${why}.`, {
    hint: `Read what it printed: \`bullion console ${boot.node} --log\`.${next}`,
    details: { node: boot.node, boot: boot.id },
  });
}
