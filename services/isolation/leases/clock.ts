/**
 * The lease clock: opens and closes access when it is time. All that is due is in the database, so that what came due
 * while the service was down is done at its start. It goes by the wall clock and only forward: a jump of the clock ends
 * what is due then, and one back re-opens nothing.
 */
import { AlarmClock, BullionError, messageOf } from '@bullion/service';
import { giveNode } from '../allocation.ts';
import type { Consoles } from '../consoles/consoles.ts';
import { type Change, type Context, findRow, updateRows } from '../context.ts';
import type { Reconciler } from '../reconciler.ts';
import { release } from '../release.ts';
import type { LeaseTable } from '../store/schema.ts';
import { beginLease, endLease, iso, warnOfEnd } from './leases.ts';

/** The time is looked at again after `checkMs`, since clocks are set; what could not be done is tried again after `retryMs`. */
export type LeaseClockOptions = { checkMs: number; retryMs: number };

const DEFAULTS: LeaseClockOptions = { checkMs: 15_000, retryMs: 5000 };
const RETRY_MAX_MS = 600_000;
const BATCH = 200;

export function createLeaseClock(
  context: Context,
  reconciler: Reconciler,
  consoles: Consoles,
  options: Partial<LeaseClockOptions> = {},
): AlarmClock {
  const { db, changes, clock, log } = context;
  const { checkMs, retryMs } = { ...DEFAULTS, ...options };
  /** When a lease is tried again, by `performance.now()`; each wait is twice as long as the one before. */
  const waiting = new Map<string, { until: number; wait: number }>();

  /** Does what is due. Returns in how many milliseconds there is more. */
  async function round(): Promise<number> {
    const hindered = [...waiting].filter(([, { until }]) => until > performance.now()).map(([id]) => id);
    let query = db.selectFrom('leases').selectAll().where('due_at', 'is not', null);
    if (hindered.length > 0) query = query.where('id', 'not in', hindered);
    const leases = await query.orderBy('due_at').limit(BATCH).execute();
    const due = leases.filter(({ due_at }) => due_at! <= iso(clock()));
    for (const lease of due) await attend(lease);
    if (due.length > 0) return 0;
    const [next] = leases;
    return Math.min(
      hindered.length > 0 ? retryMs : checkMs,
      next ? Date.parse(next.due_at!) - clock() : checkMs,
    );
  }

  /** Whatever hinders one lease hinders no other. */
  async function attend({ id, node, state }: LeaseTable): Promise<void> {
    try {
      const action = `see to the ${state} lease ${id} of node ${node}`;
      if (await changes.own(action, (change) => advance(change, id))) return void waiting.delete(id);
    } catch (error) {
      log.warn({ lease: id, node, error: messageOf(error) }, 'a lease waits; it is tried again');
      const cause = error instanceof BullionError ? error.message : 'The service failed at it.';
      await updateRows(db, 'leases', { id }, { cause });
    }
    const wait = Math.min((waiting.get(id)?.wait ?? retryMs / 2) * 2, RETRY_MAX_MS);
    waiting.set(id, { until: performance.now() + wait, wait });
  }

  /** The next step of a lease, in one transaction. False where it waits for a release. */
  async function advance(change: Change, id: string): Promise<boolean> {
    const { trx } = change;
    const now = iso(clock());
    const lease = await findRow(trx, 'leases', { id });
    if (!lease || lease.due_at === null || lease.due_at > now) return true; // It was changed meanwhile.
    const node = (await findRow(trx, 'nodes', { name: lease.node }))!;
    if (lease.state === 'ended') {
      const over = lease.allocation !== node.allocation;
      // A release that failed is begun anew.
      if (over) await updateRows(trx, 'leases', { id }, { due_at: null });
      else await release(context, reconciler, change, node.name);
      return over;
    }
    const givenBack =
      lease.state === 'active' && (node.state === 'releasing' || lease.allocation !== node.allocation);
    // A tenant that released the node has ended the lease.
    if (lease.ends_at <= now || givenBack) await endLease(change, lease, now);
    else if (lease.state === 'active') await warnOfEnd(change, lease);
    else if (node.project !== null && node.project === node.owner) {
      await release(context, reconciler, change, node.name); // It has leased it to somebody else from now on.
      return false;
    } else {
      const held = await giveNode(change, node, lease.project);
      await beginLease(change, lease, held.allocation);
      change.after(() => consoles.record(held));
    }
    return true;
  }

  const work = () =>
    round().catch((error: unknown) => {
      log.error({ error: messageOf(error) }, 'the lease clock failed; it goes on');
      return retryMs;
    });
  return new AlarmClock(work, checkMs);
}
