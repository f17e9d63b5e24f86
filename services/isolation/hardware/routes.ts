/** What a server is made of, what it measures, how it does. Nothing here decides anything. */
import { z } from 'zod';
import { Fresh } from '../api/power.ts';
import { ofNode, type Parts, routesOf } from '../api/route.ts';
import { requireNode } from '../nodes.ts';
import { Facts, Inspection } from './facts.ts';
import { healthOf } from './health.ts';
import { askForInspection, inspectionOf, reportInspection } from './inspection.ts';
import { measure } from './measures.ts';

const readAt = z.string();
const Sensor = z.object({
  name: z.string(),
  reading: z.number().nullable(),
  unit: z.enum(['celsius', 'rpm', 'percent', 'volt', 'watt']),
  status: z.enum(['ok', 'warning', 'critical', 'off', 'unknown']),
});
const Health = z
  .object({
    status: z.enum(['ok', 'degraded', 'failed']),
    bmc: z.object({
      reachable: z.boolean(),
      power: z.enum(['on', 'off']).nullable(),
      readAt: readAt.nullable(),
      error: z.object({ code: z.string(), message: z.string(), at: z.string() }).nullable(),
    }),
    ports: z.array(
      z.object({
        nic: z.string(),
        state: z.enum(['pending', 'verified', 'failed']),
        error: z.string().nullable().describe('Shown to operators'),
      }),
    ),
  })
  .meta({ id: 'Health' });
export type HealthView = z.output<typeof Health>;

export function addHardwareRoutes(parts: Parts): void {
  const { context } = parts;
  const { db } = context;
  const { reads, writes } = routesOf(parts);
  const age = ({ fresh }: { fresh: boolean }) => (fresh ? 0 : context.limits.readingMs);
  reads(
    'GET /nodes/:node/sensors',
    {
      summary: 'Read what the node measures',
      params: ofNode,
      query: Fresh,
      answer: z.object({ sensors: z.array(Sensor), readAt }),
    },
    async ({ params, query, principal }) => {
      const node = await requireNode(db, principal, params.node);
      const { value, at } = await measure(context, node, 'sensors', age(query));
      return { sensors: value, readAt: at };
    },
  );
  reads(
    'GET /nodes/:node/power-draw',
    {
      summary: 'Read what the node draws now',
      params: ofNode,
      query: Fresh,
      answer: z.object({ watts: z.number(), readAt }),
    },
    async ({ params, query, principal }) => {
      const node = await requireNode(db, principal, params.node);
      const { value, at } = await measure(context, node, 'powerDraw', age(query));
      return { watts: value, readAt: at };
    },
  );
  reads(
    'GET /nodes/:node/health',
    { summary: 'Does its BMC answer, are its ports as they should be', params: ofNode, answer: Health },
    ({ params, principal }) => healthOf(context, principal, params.node),
  );
  reads(
    'GET /nodes/:node/inspection',
    { summary: 'Show what the node is made of', params: ofNode, answer: Inspection },
    ({ params, principal }) => inspectionOf(db, principal, params.node),
  );
  writes(
    'POST /nodes/:node/inspect',
    {
      summary: 'Make a token for one report of what the node is made of',
      operatorOnly: 'inspect nodes',
      params: ofNode,
      answer: z.object({ token: z.string(), expiresAt: z.string() }),
    },
    ({ params, commit }) => commit((change) => askForInspection(change, params.node)),
  );
  writes(
    'POST /nodes/:node/inspection',
    { summary: 'Report it', params: ofNode, body: z.object({ token: z.string().max(200), facts: Facts }) },
    ({ params, body, commit }) => commit((change) => reportInspection(change, params.node, body)),
  );
}
