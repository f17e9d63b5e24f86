/** A boot comes up when it is its turn, and makes room when it is through, for better or worse. */
import type { OperationContext } from '@bullion/service';
import type { BootParts } from '../boot-parts.ts';
import { targetOf } from '../exports.ts';
import type { BootTable } from '../store/schema.ts';

export async function inTurn(
  { admission, capacity, exports, stages }: BootParts,
  { step, signal }: OperationContext<unknown>,
  boot: BootTable,
  bringUp: () => Promise<void>,
): Promise<void> {
  const entrant = { boot: boot.id, project: boot.project, priority: boot.priority };
  let leave = admission.enterAtOnce(entrant);
  if (!leave) {
    leave = await step('wait for a turn', async (note) => {
      const { bound, waiting } = admission.figures;
      await note(`${bound} nodes come up at the same time; ${waiting} other boots wait`);
      return await admission.turn(entrant, signal);
    });
    await stages.reach(boot.id, 'admitted');
  }
  try {
    await bringUp();
    capacity.learnBoot(exports.bytesRead(targetOf(boot.id)));
  } finally {
    leave();
  }
}
