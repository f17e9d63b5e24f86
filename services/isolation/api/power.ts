/** Power, boot device and console of a node. */
import { Readable } from 'node:stream';
import { failures, requireOperator } from '@bullion/service';
import { z } from 'zod';
import { requireHeldNode, requireNode } from '../nodes.ts';
import { readPower, setBootDevice, setPower } from '../power.ts';
import { ofNode, type Parts, routesOf, v1 } from './route.ts';

const Power = z.object({ power: z.enum(['on', 'off']) }).meta({ id: 'Power' });
export const Fresh = z.object({
  fresh: z.stringbool().default(false).describe('Asks the BMC, also where it was asked a moment ago'),
});
const Action = z.object({ action: z.enum(['on', 'off', 'cycle', 'reset', 'soft']) });
const BootDevice = z.object({
  device: z.enum(['network', 'disk', 'none']),
  persistent: z.boolean().default(false),
});
const Keys = z.object({ keys: z.string().max(4096) });
const Part = z.object({
  tail: z.coerce.number().int().min(0).optional(),
  follow: z.stringbool().default(false),
});

export function addPowerRoutes(parts: Parts): void {
  const { app, context, consoles } = parts;
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
  const summary = 'The serial console as text, recorded since the project holds the node';
  const response = { 200: z.any(), ...failures };
  app.get(
    `${v1}/nodes/:node/console`,
    { schema: { summary, params: ofNode, querystring: Part, response } },
    async ({ params, query, principal }, reply) => {
      // What a tenant types is on it.
      if (principal.role === 'auditor') requireOperator(principal, 'read the consoles of others');
      const node = await requireNode(db, principal, params.node);
      const gone = new AbortController();
      reply.raw.on('close', () => gone.abort());
      const text = Readable.from(consoles.read(node, { ...query, signal: gone.signal }));
      return reply.type('text/plain; charset=utf-8').header('x-content-type-options', 'nosniff').send(text);
    },
  );
  writes(
    'POST /nodes/:node/console',
    { summary: 'Send keys to the serial console', params: ofNode, body: Keys },
    async ({ params, body, principal, commit }) => {
      const node = await requireHeldNode(db, principal, params.node);
      consoles.write(node, Buffer.from(body.keys));
      await commit(async () => ({}));
    },
  );
}
