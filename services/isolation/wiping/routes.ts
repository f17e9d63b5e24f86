/**
 * Opens a node that is being released to the service that wipes it: from then on the operator's services, and nobody
 * else, may switch it on and put it on a network. The release (`release.ts`) closes it again, however the wipe ends.
 */
import { conflict, notFound, requireOperator } from '@bullion/service';
import { z } from 'zod';
import { ofNode, type Parts, routesOf } from '../api/route.ts';
import { findRow, updateRows } from '../context.ts';
import { STEP } from './hooks.ts';

const Wiping = z.object({
  allocation: z.string().max(100).describe('As the hook was told'),
  operation: z.string().max(100).describe('The release that asks the hook, as it was told'),
});

export function addWipingRoutes(parts: Parts): void {
  const { writes } = routesOf(parts);
  writes(
    'POST /nodes/:node/wiping',
    {
      summary: 'For the service behind a wipe hook: open a node on its way out, to boot and wipe it',
      params: ofNode,
      body: Wiping,
    },
    ({ params: { node: name }, body: { allocation, operation }, commit }) =>
      commit(async ({ trx, principal, tell }) => {
        if (principal.role !== 'service') requireOperator(principal, 'wipe nodes');
        const node = await findRow(trx, 'nodes', { name });
        if (!node) throw notFound('node', name);
        const release = await findRow(trx, 'operations', { id: operation, state: 'running' });
        const steps = JSON.parse(release?.steps ?? '[]') as { name: string }[];
        const input = JSON.parse(release?.input ?? '{}') as { node?: string; allocation?: string };
        const asks = input.node === name && steps.at(-1)?.name.startsWith(STEP);
        if (node.state !== 'releasing' || node.allocation !== allocation || !asks) {
          throw conflict(
            'node_not_to_be_wiped',
            `Node "${name}" is in no release that waits for a wipe.`,
            'Only a wipe hook that was asked, and has not answered yet, wipes a node.',
          );
        }
        await updateRows(trx, 'nodes', { name }, { wiping: 1 });
        await tell('node.wiping', `node/${name}`, node.project);
      }),
  );
}
