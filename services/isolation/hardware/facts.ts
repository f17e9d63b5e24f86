/** What an inspector reports of a server. Everything is bounded: it comes from a machine that a tenant had. */
import { z } from 'zod';

const text = z.string().max(255);
const count = z.number().int().min(0);
export const Facts = z
  .object({
    system: z
      .object({ vendor: text, product: text, serial: text, bios: text, firmware: text, tpm: text })
      .partial(),
    cpu: z.object({ model: text.optional(), sockets: count, threads: count }),
    memoryBytes: count,
    disks: z
      .array(
        z
          .object({ name: text, bytes: count })
          .extend(z.object({ model: text, serial: text, rotational: z.boolean() }).partial().shape),
      )
      .max(256),
    nics: z
      .array(
        z.object({
          name: text,
          mac: z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/),
          link: z.boolean(),
          megabits: count.optional(),
          neighbour: z
            .object({ chassisId: text, portId: text, systemName: text.optional() })
            .optional()
            .describe('The switch that it heard by LLDP; shown to operators'),
        }),
      )
      .max(64),
  })
  .meta({ id: 'Facts' });
export type Facts = z.output<typeof Facts>;
export const Inspection = z.object({ at: z.string(), facts: Facts });
export type InspectionView = z.output<typeof Inspection>;
