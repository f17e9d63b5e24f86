/** Power and boot device of a node. */
import { z } from 'zod';
import { requireHeldNode, requireNode } from '../nodes.ts';
import { readPower, setBootDevice, setPower } from '../power.ts';
import { ofNode, type Parts, routesOf } from './route.ts';

const Power = z.object({ power: z.enum(['on', 'off']) }).meta({ id: 'Power' });
export const Fresh = z.object({
  fresh: z.stringbool().default(false).describe('Asks the BMC, also where it was asked a moment ago'),
});
const Action = z.object({ action: z.enum(['on', 'off', 'cycle', 'reset', 'soft']) });
const BootDevice = z.object({
  device: z.enum(['network', 'disk', 'none']),
  persistent: z.boolean().default(false),
});
export function addPowerRoutes(parts: Parts): void {
  const { context } = parts;
  const { db } = context;
  const { reads, writes } = routesOf(parts);
  const age = ({ fresh }: { fresh: boolean }) => (fresh ? 0 : context.limits.readingMs);
  reads(
    'GET /nodes/:node/power',
    { summary: 'Read the power', params: ofNode, query: Fresh, answer: Power.extend({ readAt: z.string() }) },
    async ({ params, query, principal }) => {
      const node = await requireNode(db, principal, params.node);
      const { value, at } = await readPower(context, node, age(query));
      return { power: value, readAt: at };
    },
  );
  writes(
    'PUT /nodes/:node/power',
    {
      summary: 'Change the power, and read back that it changed',
      params: ofNode,
      body: Action,
      answer: Power,
    },
    async ({ params, body, principal, begin, commit }) => {
      const node = await requireHeldNode(db, principal, params.node);
      await begin();
      const power = await setPower(context, node, body.action);
      return await commit(async () => ({ power }));
    },
  );
  writes(
    'PUT /nodes/:node/boot-device',
    { summary: 'Choose what the node boots from', params: ofNode, body: BootDevice },
    async ({ params, body, principal, begin, commit }) => {
      const node = await requireHeldNode(db, principal, params.node);
      await begin();
      await setBootDevice(context, node, body);
      await commit(async () => ({}));
    },
  );
}
