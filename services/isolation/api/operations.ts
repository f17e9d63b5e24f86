/** Operations and events. */
import { BullionError, mayUse, OperationSchema, operationNotFound } from '@bullion/service';
import { z } from 'zod';
import { answers, type Parts, v1 } from './route.ts';

const Event = z
  .object({
    sequence: z.number().int(),
    at: z.string(),
    kind: z.string(),
    subject: z.string(),
    project: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });

export function addOperationRoutes({ app, context }: Parts): void {
  const { operations, events } = context;
  app.get(
    `${v1}/operations/:id`,
    {
      schema: {
        summary: 'Show an operation; waits up to `wait` seconds for its end',
        params: z.object({ id: z.uuid() }),
        querystring: z.object({ wait: z.coerce.number().min(0).max(60).default(0) }),
        response: answers(OperationSchema),
      },
    },
    async ({ params, query, principal }) => {
      const { project } = await operations.get(params.id);
      if (!mayUse(principal, project)) throw operationNotFound(params.id);
      return await operations.wait(params.id, query.wait * 1000);
    },
  );
  app.get(
    `${v1}/events`,
    {
      schema: {
        summary: 'What happened, oldest first',
        querystring: z.object({ after: z.coerce.number().int().min(0).default(0) }),
        response: answers(z.array(Event)),
      },
    },
    ({ principal: { role, project }, query }) => {
      if (role !== 'member') return events.list(query.after, undefined);
      if (project !== null) return events.list(query.after, project);
      throw new BullionError('forbidden', 'no_project', 'This token acts for no project.', {
        hint: 'Use a token that was made for a project.',
      });
    },
  );
}
