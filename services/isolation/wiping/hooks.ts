/** Asks the wipe hooks. A node whose wipe has failed is in maintenance besides, until a wipe succeeds. */
import { askHook, hooksFor, messageOf } from '@bullion/service';
import { type Context, findRow, updateRows } from '../context.ts';
import type { Wipe } from '../release.ts';

/** By it the step is known in which a hook may have the node opened to it. */
export const STEP = 'wipe: ';
const NOT_WIPED = 'not wiped: ';

export const askHooks =
  (context: Context): Wipe =>
  async (operation) => {
    const { input, signal } = operation;
    try {
      for (const hook of await hooksFor(context.db, `node/${input.node}`)) {
        const body = { node: input.node, allocation: input.allocation, operation: operation.id };
        await operation.step(STEP + hook.name, (note) =>
          askHook(context.secrets, hook, { body, key: operation.id, signal, note }),
        );
      }
    } catch (error) {
      signal.throwIfAborted();
      await note(context, input.node, `${NOT_WIPED}${messageOf(error)}`);
      throw error;
    }
    await note(context, input.node, null);
  };

/** What an operator wrote there is left alone. */
async function note({ db, changes }: Context, name: string, why: string | null): Promise<void> {
  const isOurs = (maintenance: string | null) => maintenance?.startsWith(NOT_WIPED) ?? why !== null;
  const before = await findRow(db, 'nodes', { name });
  if (!before || !isOurs(before.maintenance)) return;
  await changes.own(`note how the wipe of ${name} went`, async ({ trx, tell }) => {
    const node = await findRow(trx, 'nodes', { name });
    if (!node || !isOurs(node.maintenance)) return;
    await updateRows(trx, 'nodes', { name }, { maintenance: why });
    if (why !== null) await tell('node.not_wiped', `node/${name}`, node.project, { why });
  });
}
