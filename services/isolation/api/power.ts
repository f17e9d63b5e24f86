/** Power, boot device and console of a node. */
import { Readable } from 'node:stream';
import { failures } from '@bullion/service';
import { z } from 'zod';
import { requireHeldNode, requireNode } from '../nodes.ts';
import { powerState, setBootDevice, setPower } from '../power.ts';
import { answers, Done, ofNode, type Parts, v1 } from './route.ts';

const Power = z.object({ power: z.enum(['on', 'off']) }).meta({ id: 'Power' });

export function addPowerRoutes({ app, context, consoles }: Parts): void {
  const { db } = context;
  app.get(
    `${v1}/nodes/:node/power`,
    { schema: { summary: 'Read the power from the BMC', params: ofNode, response: answers(Power) } },
    async ({ params, principal }) => ({
      power: await powerState(context, await requireNode(db, principal, params.node)),
    }),
  );
  app.put(
    `${v1}/nodes/:node/power`,
    {
      schema: {
        summary: 'Change the power, and read back that it changed',
        params: ofNode,
        body: z.object({ action: z.enum(['on', 'off', 'cycle', 'reset', 'soft']) }),
        response: answers(Power),
      },
    },
    async ({ params, body, principal }) => ({
      power: await setPower(context, await requireHeldNode(db, principal, params.node), body.action),
    }),
  );
  app.put(
    `${v1}/nodes/:node/boot-device`,
    {
      schema: {
        summary: 'Choose what the node boots from',
        params: ofNode,
        body: z.object({
          device: z.enum(['network', 'disk', 'none']),
          persistent: z.boolean().default(false),
        }),
        response: answers(Done),
      },
    },
    async ({ params, body, principal }) => {
      await setBootDevice(context, await requireHeldNode(db, principal, params.node), body);
      return {};
    },
  );
  app.get(
    `${v1}/nodes/:node/console`,
    {
      schema: {
        summary: 'The serial console as text, recorded since the project holds the node',
        params: ofNode,
        querystring: z.object({
          tail: z.coerce.number().int().min(0).optional(),
          follow: z.stringbool().default(false),
        }),
        response: { 200: z.any(), ...failures },
      },
    },
    async ({ params, query, principal }, reply) => {
      const node = await requireNode(db, principal, params.node);
      const gone = new AbortController();
      reply.raw.on('close', () => gone.abort());
      const text = Readable.from(consoles.read(node, { ...query, signal: gone.signal }));
      return reply.type('text/plain; charset=utf-8').header('x-content-type-options', 'nosniff').send(text);
    },
  );
  app.post(
    `${v1}/nodes/:node/console`,
    {
      schema: {
        summary: 'Send keys to the serial console',
        params: ofNode,
        body: z.object({ keys: z.string().max(4096) }),
        response: answers(Done),
      },
    },
    async ({ params, body, principal }) => {
      consoles.write(await requireHeldNode(db, principal, params.node), Buffer.from(body.keys));
      return {};
    },
  );
}
