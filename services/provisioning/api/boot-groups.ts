/** Boot groups: many nodes booted by one request; and how many come up at the same time. */
import { BullionError, NameSchema, requireOperator } from '@bullion/service';
import { z } from 'zod';
import { PRIORITIES } from '../fleet/admission.ts';
import { gather, giveBack } from '../fleet/gather.ts';
import { beginGroupEnd } from '../fleet/group-operations.ts';
import { createGroup, groupView, listGroups, requireGroup } from '../fleet/groups.ts';
import { requireSealedImage } from '../images.ts';
import { requireProject } from '../projects.ts';
import { AuthorizedKeys, Failure } from './boots.ts';
import { type Parts, routesOf } from './route.ts';

const Member = z.object({
  node: z.string(),
  boot: z.string().nullable().describe('None where the node was passed over'),
  state: z.enum(['booting', 'running', 'failed', 'ending', 'ended', 'passed-over']),
  stage: z.string().nullable().describe('The last that it reached'),
  address: z.string().nullable(),
  error: Failure.nullable(),
});
const BootGroup = z
  .object({
    id: z.string(),
    project: z.string(),
    image: z.string(),
    count: z.number().int().describe('How many nodes were asked for'),
    state: z.enum(['booting', 'running', 'incomplete', 'ended']),
    operation: z.string(),
    tally: z.object({
      waiting: z.number().int(),
      booting: z.number().int(),
      running: z.number().int(),
      failed: z.number().int(),
      ended: z.number().int(),
    }),
    members: z.array(Member),
    createdAt: z.string(),
  })
  .meta({ id: 'BootGroup' });
const NewBootGroup = z.object({
  project: NameSchema,
  image: NameSchema,
  nodes: z.array(NameSchema).min(1).max(1000).optional().describe('Nodes that the project holds'),
  count: z.number().int().min(1).max(1000).optional().describe('Or so many free nodes, to be allocated'),
  where: z
    .record(z.string().max(128), z.string().max(4096))
    .optional()
    .describe('Free nodes alone with these labels of metadata; `firmware` is what was registered'),
  atLeast: z.number().int().min(1).optional().describe('Be content with so many; all by default'),
  sshAuthorizedKeys: AuthorizedKeys,
  priority: z.enum(PRIORITIES).default('normal'),
});
const ofGroup = z.object({ group: z.string().max(64) });
const Fate = z.object({
  running: z.stringbool().default(true).describe('Also those that run; else those alone that come up'),
  deleteVolumes: z.stringbool().default(false),
  release: z.stringbool().default(false).describe('Give back the nodes that the group has allocated'),
});
const Admission = z
  .object({
    bound: z.number().int().describe('So many nodes come up at the same time'),
    comingUp: z.number().int(),
    waiting: z.number().int(),
  })
  .meta({ id: 'Admission' });

export function addBootGroupRoutes(parts: Parts): void {
  const { context } = parts;
  const { reads, lists, starts, begins } = routesOf(parts);
  starts(
    'POST /boot-groups',
    { summary: 'Boot many nodes from clones of one image', body: NewBootGroup, answer: BootGroup },
    async ({ body, principal, credentials, commit }) => {
      const { project, nodes, count, where, ...boot } = body;
      if ((nodes === undefined) === (count === undefined)) throw unclear();
      await requireProject(context, principal, project);
      // Before any node is touched.
      await requireSealedImage(context.db, principal, boot.image);
      if (boot.priority === 'high') requireOperator(principal, 'boot before everybody else');
      const asked = count ?? new Set(nodes).size;
      const atLeast = Math.min(asked, boot.atLeast ?? asked);
      const gathered = await gather(context, credentials, { project, nodes, count, where, atLeast }, boot);
      try {
        const request = { ...boot, project, count: asked };
        return await commit((change) => createGroup(context, change, request, gathered));
      } catch (error) {
        await giveBack(context.isolationAs(credentials), gathered.allocated);
        throw error;
      }
    },
  );
  lists(
    'GET /boot-groups',
    { summary: 'List boot groups', items: BootGroup },
    ({ query, principal }) => listGroups(context, principal, query),
    ({ id }) => id,
  );
  reads(
    'GET /boot-groups/:group',
    { summary: 'Show a boot group with each of its nodes', params: ofGroup, answer: BootGroup },
    async ({ params, principal }) =>
      groupView(context.db, await requireGroup(context.db, principal, params.group)),
  );
  begins(
    'DELETE /boot-groups/:group',
    { summary: 'End the boots of a group; its record stays', params: ofGroup, query: Fate },
    async ({ params, query }, { trx, principal, after }) => {
      const group = await requireGroup(trx, principal, params.group);
      const id = await beginGroupEnd(context, trx, group, query);
      after(() => context.operations.start(id));
      return id;
    },
  );
  reads(
    'GET /admission',
    { summary: 'How many nodes come up now, and how many boots wait', answer: Admission },
    async () => parts.parts.admission.figures,
  );
}

const unclear = () =>
  new BullionError(
    'invalid',
    'boot_group_unclear',
    'A boot group is of nodes that are named, or of so many free ones: one of the two.',
    { hint: 'Give --count N, or the names of the nodes.' },
  );
