/** A spare: the node that takes the disk of one that dies. One that is named, or any of a class. */
import { all, ok } from '@bullion/sdk';
import { BullionError, messageOf } from '@bullion/service';
import { z } from 'zod';
import { livingBoots } from '../boots.ts';
import type { Context } from '../context.ts';
import type { BootTable } from '../store/schema.ts';
import { allocate, matches } from './gather.ts';

export const SpareSchema = z
  .strictObject({
    node: z.string().max(63).optional().describe('This node'),
    class: z.string().max(200).optional().describe('Or any whose label "class" says this'),
  })
  .refine(({ node, class: like }) => (node === undefined) !== (like === undefined), 'name a node or a class')
  .meta({ id: 'Spare' });
export type Spare = z.output<typeof SpareSchema>;

/**
 * A node for the boot's project: first of those that it holds and does not use, then of the free ones, which is
 * allocated to it. Throws `spare_missing`.
 */
export async function takeSpare(context: Context, boot: BootTable, spare: Spare): Promise<string> {
  const { isolation } = context;
  const nodes = await all((page) =>
    isolation.isolation.GET('/isolation/v1/nodes', { params: { query: page } }),
  );
  const busy = new Set((await livingBoots(context.db)).map(({ node }) => node));
  const fitting = nodes.filter(
    (node) =>
      !busy.has(node.name) &&
      node.maintenance === null &&
      (spare.node === undefined ? matches(node, { class: spare.class! }) : node.name === spare.node),
  );
  const held = fitting.find(({ project, state }) => project === boot.project && state === 'allocated');
  if (held && (await answers(context, held.name))) return held.name;
  const why: string[] = [];
  for (const { name } of fitting.filter(({ state }) => state === 'free')) {
    try {
      await allocate(isolation, name, boot.project);
      return name;
    } catch (error) {
      why.push(messageOf(error));
    }
  }
  const wanted = spare.node === undefined ? `node of class "${spare.class}"` : `node "${spare.node}"`;
  throw new BullionError(
    'conflict',
    'spare_missing',
    `No ${wanted} can take the disk of "${boot.node}". ${why[0] ?? 'None is free, or held and unused.'}`,
    { hint: `Release one, then move it by hand: \`bullion move ${boot.node} --to NODE\`.` },
  );
}

async function answers({ isolation }: Context, node: string): Promise<boolean> {
  const params = { path: { node }, query: { fresh: 'true' } };
  try {
    await ok(isolation.isolation.GET('/isolation/v1/nodes/{node}/power', { params }));
    return true;
  } catch {
    return false;
  }
}
