/** What the routes of all nouns share. */
import { type App, failures, NameSchema } from '@bullion/service';
import { z } from 'zod';
import type { Consoles } from '../consoles.ts';
import type { Context } from '../context.ts';
import type { Reconciler } from '../reconciler.ts';

export type Parts = { app: App; context: Context; reconciler: Reconciler; consoles: Consoles };

export const v1 = '/isolation/v1';

export const Done = z.object({}).meta({ id: 'Done' });
const Started = z
  .object({ operation: z.string().describe('Follow it at /operations/{id}') })
  .meta({ id: 'Started' });

/** The answers of a route that is done when it answers. */
export const answers = <Schema extends z.ZodType>(schema: Schema) => ({ 200: schema, ...failures });
/** The answers of a route that begins an operation. */
export const begins = { 202: Started, ...failures };

/** Connection settings of a driver, which checks them by its own schema. */
export const Settings = z
  .record(z.string(), z.unknown())
  .describe("The driver's connection settings; secrets are encrypted at rest and never returned");

export const inProject = z.object({ project: NameSchema });
export const ofNode = z.object({ node: NameSchema });
export const ofNic = ofNode.extend({ nic: NameSchema });
