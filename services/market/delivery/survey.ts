/** Whose nodes are, asked before each batch: what is gone, or another's by now, is offered no more. */
import { all } from '@bullion/sdk';
import { messageOf } from '@bullion/service';
import type { Context } from '../context.ts';

export async function survey({ desk, isolation, log }: Context): Promise<void> {
  const { nodes } = desk.market.state;
  if (nodes.size === 0) return;
  try {
    const found = await all((page) =>
      isolation.isolation.GET('/isolation/v1/nodes', { params: { query: page } }),
    );
    const owners = new Map(found.map(({ name, owner }) => [name, owner]));
    for (const [node, { owner }] of [...nodes])
      if (owners.get(node) !== owner) await desk.own({ do: 'lose', node });
  } catch (error) {
    // The batch goes on with what was known; what is not delivered is not paid.
    log.warn({ error: messageOf(error) }, 'the owners of nodes could not be asked');
  }
}
