/** What a wipe hook of the isolation service asks. */
import { NameSchema, requireOperator } from '@bullion/service';
import { z } from 'zod';
import { beginWipe } from '../wipes/wipe-operation.ts';
import { type Parts, routesOf } from './route.ts';

const Released = z.object({
  node: NameSchema,
  allocation: z.string().max(100).describe('The one that is over'),
  operation: z.string().max(100).describe('The release that waits for it'),
});

export function addWipeRoutes(parts: Parts): void {
  const { begins } = routesOf(parts);
  begins(
    'POST /wipes',
    { summary: 'Erase the disks of a node that is being released, by the policy for it', body: Released },
    async ({ body, principal }, change) => {
      if (principal.role !== 'service') requireOperator(principal, 'wipe nodes');
      return await beginWipe(parts.context, change, body);
    },
  );
}
