/**
 * Release: the way back of a node, one act from the tenant's view. From the moment of the request the node is on its
 * way out: nothing can be attached to it any more. It is free only when its power was read to be off and its ports
 * were read to carry nothing.
 */
import { conflict, type OperationContext } from '@bullion/service';
import { awaitPorts, detachAll, type PortsInput } from './attachments.ts';
import type { Consoles } from './consoles/consoles.ts';
import { endLog } from './consoles/ledger.ts';
import type { Change, Context } from './context.ts';
import { requireNode } from './nodes.ts';
import { setPower } from './power.ts';
import type { Reconciler } from './reconciler.ts';

type ReleaseInput = PortsInput & { node: string; allocation: string };

/** Begins a release, or begins it anew where an earlier one failed. Returns the operation's id. */
export async function release(
  { events, operations }: Context,
  reconciler: Reconciler,
  { trx, principal, after }: Change,
  name: string,
): Promise<string> {
  const node = await requireNode(trx, principal, name);
  if (node.state === 'free') {
    throw conflict('node_free', `Node "${name}" is free already.`, 'There is nothing to do.');
  }
  if (node.state === 'releasing') {
    const running = await trx
      .selectFrom('operations')
      .select('id')
      .where('kind', '=', 'node.release')
      .where('subject', '=', `node/${name}`)
      .where('state', '=', 'running')
      .executeTakeFirst();
    if (running) return running.id;
  }
  const ports = await detachAll(trx, name);
  await trx.updateTable('nodes').set({ state: 'releasing' }).where('name', '=', name).execute();
  const input: ReleaseInput = { node: name, allocation: node.allocation!, ports };
  const subject = `node/${name}`;
  const { project } = node;
  const id = await operations.create(trx, { kind: 'node.release', subject, project, input });
  await events.append(trx, { kind: 'node.releasing', subject, project });
  after(() => {
    for (const { key } of ports) reconciler.wake(key.switch);
    operations.start(id);
  });
  return id;
}

export function defineRelease(context: Context, reconciler: Reconciler, consoles: Consoles): void {
  context.operations.define<ReleaseInput>('node.release', async (operation) => {
    const node = await context.db
      .selectFrom('nodes')
      .selectAll()
      .where('name', '=', operation.input.node)
      .executeTakeFirst();
    // After a crash between the last step and the operation's own end there is nothing left to do.
    if (node?.allocation !== operation.input.allocation) return;
    await operation.step('power off', () => setPower(context, node, 'off', operation.signal));
    await awaitPorts(reconciler, operation, operation.input.ports);
    await operation.step('free', () => free(context, operation, consoles));
  });
}

async function free(
  { changes, events }: Context,
  { input }: OperationContext<ReleaseInput>,
  consoles: Consoles,
): Promise<void> {
  await consoles.stop(input.allocation);
  await changes.own(`free node ${input.node}`, async (trx) => {
    const node = await trx
      .selectFrom('nodes')
      .select('project')
      .where('name', '=', input.node)
      .where('allocation', '=', input.allocation)
      .executeTakeFirst();
    if (!node) return; // A former run of this step has done it.
    await trx
      .updateTable('nodes')
      .set({ project: null, state: 'free', allocation: null })
      .where('name', '=', input.node)
      .execute();
    await endLog(trx, input.allocation);
    await events.append(trx, { kind: 'node.released', subject: `node/${input.node}`, project: node.project });
  });
}
