/** Classes: what there is to bid for. For anyone with a token. */
import { PageQuery } from '@bullion/service';
import { z } from 'zod';
import { Money, type Parts, pageOf, routesOf } from './route.ts';

const NodeClass = z
  .object({
    id: z.string(),
    attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    nodes: z.number().describe('Enrolled, of all owners; how many are offered nobody is told'),
    index: Money.nullable().describe('Of a node and slot: the median of a day; null: none was let yet'),
  })
  .meta({ id: 'NodeClass' });

export function addClassRoutes(parts: Parts): void {
  const { desk } = parts.context;
  routesOf(parts).lists(
    'GET /classes',
    { summary: 'List classes: what nodes there are', query: PageQuery, items: NodeClass },
    async ({ query }) => {
      const { state } = desk.market;
      const nodes = Map.groupBy(state.nodes.values(), (node) => node.class);
      const classes = [...state.classes].map(([id, attributes]) => ({
        ...{ id, attributes: { ...attributes }, nodes: nodes.get(id)?.length ?? 0 },
        index: state.prices.get(id)?.index?.toString() ?? null,
      }));
      return pageOf(classes, query);
    },
    ({ id }) => id,
  );
}
