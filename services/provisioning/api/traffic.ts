/** What nodes read and wrote over the network, while they ran and after. */
import { NameSchema } from '@bullion/service';
import { z } from 'zod';
import type { TrafficRecorder } from '../traffic/recorder.ts';
import { reportTraffic } from '../traffic/report.ts';
import { type Parts, routesOf } from './route.ts';

const count = z.number().int();
const Latency = z
  .object({
    count,
    sumUs: z.number(),
    buckets: z.array(z.object({ belowUs: count, count })).describe('Not cumulative; powers of two'),
  })
  .meta({ id: 'Latency' });
const Figures = z
  .object({
    reads: count,
    writes: count,
    flushes: count,
    readBytes: count,
    writtenBytes: count,
    errors: count,
    cacheHits: count.describe('Blocks of images that the shared cache had'),
    cacheMisses: count,
    latency: z.object({ read: Latency, write: Latency, flush: Latency }),
  })
  .meta({ id: 'TrafficFigures' });
const BootTraffic = z
  .object({
    boot: z.string(),
    node: z.string(),
    project: z.string(),
    volume: z.string(),
    image: z.string(),
    lease: z.string().nullable(),
    begunAt: z.string(),
    updatedAt: z.string(),
    figures: Figures,
    points: z
      .array(z.object({ ms: count, readBytes: count, writtenBytes: count }))
      .describe('Cumulative; ms since the boot was asked for'),
  })
  .meta({ id: 'BootTraffic' });
const Traffic = z
  .object({
    boots: z.array(BootTraffic).describe('The oldest first'),
    total: Figures,
    points: z
      .array(z.object({ at: z.string(), readBytes: count, writtenBytes: count }))
      .describe('The sum of all, cumulative'),
  })
  .meta({ id: 'Traffic' });
const Filter = z.object({
  node: NameSchema.optional(),
  volume: NameSchema.optional(),
  boot: z.uuid().optional(),
  lease: z.string().max(64).optional(),
});

export function addTrafficRoutes(parts: Parts, recorder: TrafficRecorder): void {
  const { reads } = routesOf(parts);
  reads(
    'GET /traffic',
    {
      summary: 'Reads and writes of nodes: of one node, volume, boot or lease, or of all',
      query: Filter,
      answer: Traffic,
    },
    async ({ query, principal }) => {
      await recorder.sample();
      return await reportTraffic(parts.context, principal, query);
    },
  );
}
