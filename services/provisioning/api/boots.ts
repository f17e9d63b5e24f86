/** Boots: a node that runs, or is to run, from a volume. */
import { NameSchema, PageQuery } from '@bullion/service';
import { z } from 'zod';
import { endBoot } from '../boot-end.ts';
import { checkBoot, createBoot } from '../boot-request.ts';
import { bootView, listBoots, requireBoot } from '../boots.ts';
import { PRIORITIES } from '../fleet/admission.ts';
import { SpareSchema } from '../fleet/spare.ts';
import { IdentityRequest } from '../identity/identity.ts';
import { PHASES } from '../stages.ts';
import { type Parts, routesOf } from './route.ts';

const Mode = z
  .enum(['diskless', 'copy', 'ram'])
  .describe(
    'diskless: the disk stays on the network; copy: the image is written to the local disk, which is booted then; ram: the image is held in memory',
  );

export const Failure = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });
const Boot = z
  .object({
    id: z.string(),
    node: z.string(),
    project: z.string(),
    image: z.string(),
    volume: z.string(),
    mode: Mode,
    group: z.string().nullable().describe('The boot group that it was asked for with'),
    priority: z.enum(PRIORITIES),
    state: z.enum(['booting', 'running', 'failed', 'ending', 'ended']),
    operation: z.string(),
    address: z
      .string()
      .describe('On the provisioning network; empty until another DHCP server has given one'),
    hostname: z.string(),
    sshHostKeys: z
      .array(z.string())
      .describe('Made before the boot; of an image that makes its own, as the node reported them'),
    timeline: z.array(z.object({ stage: z.string(), at: z.string() })),
    phases: z.array(
      z.object({
        phase: z.enum(PHASES.map(([phase]) => phase)),
        milliseconds: z.number().int(),
      }),
    ),
    error: Failure.nullable(),
    createdAt: z.string(),
  })
  .meta({ id: 'Boot' });
const AuthorizedKey = z
  .string()
  .max(16_384)
  .regex(/^[^\r\n]+$/, 'must be one line of an authorized_keys file');
export const AuthorizedKeys = z.array(AuthorizedKey).max(50).default([]);

const NewBoot = z.object({
  node: NameSchema,
  image: NameSchema.optional(),
  volume: NameSchema.optional(),
  mode: Mode.default('diskless'),
  nic: NameSchema.optional(),
  hostname: NameSchema.optional(),
  sshAuthorizedKeys: AuthorizedKeys,
  ...IdentityRequest.shape,
  priority: z.enum(PRIORITIES).default('normal').describe('Among boots that wait; high is for operators'),
  spare: SpareSchema.optional().describe('Where the disk goes when the node dies'),
  inspection: z
    .string()
    .max(200)
    .optional()
    .describe('An inspection token: the node tells what it is made of, and powers off'),
});
const ofBoot = z.object({ boot: z.string().max(64).describe('Its id, or a node for its latest boot') });
const Which = PageQuery.extend({ all: z.stringbool().default(false) });
const Fate = z.object({ deleteVolume: z.stringbool().default(false) });

export function addBootRoutes(parts: Parts): void {
  const { context } = parts;
  const { stages } = parts.parts;
  const { reads, lists, starts, begins } = routesOf(parts);
  starts(
    'POST /boots',
    { summary: 'Boot a node from a clone of an image, or from a volume', body: NewBoot, answer: Boot },
    async ({ body, credentials, commit }) => {
      const bootable = await checkBoot(context, credentials, body);
      return await commit((change) => createBoot(context, change, body, bootable));
    },
  );
  lists(
    'GET /boots',
    { summary: 'List boots: those that live, or all', query: Which, items: Boot },
    async ({ query, principal }) => {
      const rows = await listBoots(context, principal, query);
      return await Promise.all(rows.map((row) => bootView(stages, row)));
    },
    ({ id }) => id,
  );
  reads(
    'GET /boots/:boot',
    { summary: 'Show a boot with its timeline', params: ofBoot, answer: Boot },
    async ({ params, principal }) => bootView(stages, await requireBoot(context.db, principal, params.boot)),
  );
  begins(
    'DELETE /boots/:boot',
    {
      summary: 'End a boot: the node goes off, its target is closed; the volume stays unless told',
      params: ofBoot,
      query: Fate,
    },
    async ({ params, query }, { trx, principal, after }) => {
      const boot = await requireBoot(trx, principal, params.boot);
      const id = await endBoot(context, trx, boot, query);
      after(() => context.operations.start(id));
      return id;
    },
  );
}
