/** Ending long work on images from outside: what it made goes with it, and the operation says who ended it. */
import { BullionError, mayUse, notFound, type Operation, type Principal } from '@bullion/service';
import type { Context } from './context.ts';

/** Boots are ended, not cancelled; snapshots and clones take no time. */
const CANCELLABLE = ['image.import', 'image.seal', 'image.run', 'image.export', 'image.push', 'image.verify'];

/** Does nothing to one that has ended. Throws `operation_not_cancellable`. */
export async function requireCancellable(
  { operations }: Context,
  principal: Principal,
  id: string,
): Promise<Operation> {
  const operation = await operations.get(id);
  if (!mayUse(principal, operation.project)) throw notFound('operation', id);
  if (CANCELLABLE.includes(operation.kind)) return operation;
  throw new BullionError(
    'conflict',
    'operation_not_cancellable',
    `An operation of the kind ${operation.kind} cannot be cancelled.`,
    { hint: 'Wait for its end; a boot is ended with `bullion boot end`.' },
  );
}

export async function cancelOperation(
  { operations }: Context,
  principal: Principal,
  id: string,
): Promise<void> {
  const by = new BullionError('conflict', 'cancelled', `It was cancelled by ${principal.label}.`, {
    hint: 'Nothing of it was kept. Begin it anew when it is wanted after all.',
  });
  await operations.cancel(id, by);
}
