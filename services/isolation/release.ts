/**
 * Release: the way back of a node, one act from the tenant's view. From the moment of the request the node is on its
 * way out: nothing can be attached to it any more. It is free only when its power was read to be off and its ports
 * were read to carry nothing. It may be opened meanwhile to be wiped (`wiping/`); then it is closed again, and
 * read to be.
 */
import { conflict, type OperationContext, requireOperator } from '@bullion/service';
import { awaitPorts, detachAll, type PortsInput } from './attachments.ts';
import type { Consoles } from './consoles/consoles.ts';
import { endLog } from './consoles/ledger.ts';
import { type Change, type Context, findRow, updateRows } from './context.ts';
import { requireNode } from './nodes.ts';
import { bmcOf, setPower } from './power.ts';
import type { Reconciler } from './reconciler.ts';

type ReleaseInput = PortsInput & { node: string; allocation: string; confirmedOff?: boolean };

export type ReleaseRequest = {
  /** Release only if it is still this allocation. */
  allocation?: string | undefined;
  /** An operator has seen that the server is off, where its BMC cannot tell. */
  confirmedOff?: boolean | undefined;
};

/** Begins a release, or begins it anew where an earlier one failed. Returns the operation's id. */
export async function release(
  context: Context,
  reconciler: Reconciler,
  change: Change,
  name: string,
  { allocation, confirmedOff = false }: ReleaseRequest = {},
): Promise<string> {
  const { events, operations } = context;
  const { trx, principal, after } = change;
  if (confirmedOff) requireOperator(principal, 'confirm that a server is off');
  const node = await requireNode(trx, principal, name);
  if (node.allocation === null) {
    throw conflict('node_free', `Node "${name}" is free already.`, 'There is nothing to do.');
  }
  if (allocation !== undefined && allocation !== node.allocation) {
    throw conflict(
      'allocation_over',
      `The allocation ${allocation} of node "${name}" is over; there is another one now.`,
      'There is nothing to do for that one.',
    );
  }
  if (node.state === 'releasing') {
    const running = await findRow(trx, 'operations', {
      kind: 'node.release',
      subject: `node/${name}`,
      state: 'running',
    });
    if (running) return running.id;
  }
  // The lease that opened it is over: its clock sees to it.
  await updateRows(trx, 'leases', { allocation: node.allocation }, { due_at: '0' });
  const ports = await detachAll(trx, name);
  await updateRows(trx, 'nodes', { name }, { state: 'releasing' });
  const input: ReleaseInput = { node: name, allocation: node.allocation, confirmedOff, ports };
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

/** Returns when the node is wiped, or nobody asks for that. Else it throws. */
export type Wipe = (release: Release) => Promise<void>;
type Release = OperationContext<ReleaseInput>;

export function defineRelease(
  context: Context,
  reconciler: Reconciler,
  consoles: Consoles,
  wipe: Wipe,
): void {
  context.operations.define<ReleaseInput>('node.release', async (operation) => {
    const node = await findRow(context.db, 'nodes', { name: operation.input.node });
    // After a crash between the last step and the operation's own end there is nothing left to do.
    if (node?.allocation !== operation.input.allocation) return;
    const { input, signal } = operation;
    const { driver } = bmcOf(context, node);
    const tellsPower = driver.capabilities.powerVerified !== false;
    // One that is being wiped goes on being wiped when this service was restarted.
    if (!input.confirmedOff && node.wiping === 0) {
      await operation.step('power off', () =>
        setPower(context, node, 'off', signal).catch((error) => {
          if (tellsPower) throw error;
        }),
      );
    }
    await awaitPorts(reconciler, operation, input.ports);
    if (!tellsPower && !input.confirmedOff) throw offUnconfirmed(input.node);
    try {
      await wipe(operation);
    } finally {
      // Where the service closes it goes on at the next start, with the node as it is.
      if (!signal.aborted) await shut(context, reconciler, operation);
    }
    await operation.step('free', () => free(context, operation, consoles));
  });
}

/** What was opened to wipe the node is closed again; from here on nothing more is opened. */
async function shut(context: Context, reconciler: Reconciler, operation: Release): Promise<void> {
  const name = operation.input.node;
  const node = await findRow(context.db, 'nodes', { name, wiping: 1 });
  if (!node) return;
  const ports = await context.changes.own(`close node ${name} after its wipe`, async ({ trx }) => {
    await updateRows(trx, 'nodes', { name }, { wiping: 0 });
    return await detachAll(trx, name);
  });
  await operation.step('power off again', () => setPower(context, node, 'off', operation.signal));
  await awaitPorts(reconciler, operation, ports);
}

const offUnconfirmed = (node: string) =>
  conflict(
    'power_off_unconfirmed',
    `Nothing but its operating system tells whether node "${node}" is off; its ports are closed.`,
    'An operator must look at the server, and then confirm it: `bullion release NODE --confirmed-off`.',
  );

async function free({ changes }: Context, { input }: Release, consoles: Consoles): Promise<void> {
  await consoles.stop(input.allocation);
  await changes.own(`free node ${input.node}`, async ({ trx, tell }) => {
    const node = await findRow(trx, 'nodes', { name: input.node, allocation: input.allocation });
    if (!node) return; // A former run of this step has done it.
    const set = { project: null, state: 'free', allocation: null, wiping: 0 } as const;
    await updateRows(trx, 'nodes', { name: input.node }, set);
    await endLog(trx, input.allocation);
    await tell('node.released', `node/${input.node}`, node.project);
    if (node.owner !== null && node.owner !== node.project) {
      await tell('node.returned', `node/${input.node}`, node.owner);
    }
  });
}
