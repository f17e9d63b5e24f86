/** Operations and events. */
import { forbidden, mayUse, OperationSchema, operationNotFound } from '@bullion/service';
import { z } from 'zod';
import { type Parts, route } from './route.ts';

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

const ofOperation = z.object({ id: z.uuid() });
const Patience = z.object({ wait: z.coerce.number().min(0).max(60).default(0) });
const Position = z.object({ after: z.coerce.number().int().min(0).default(0) });

export function addOperationRoutes({ app, context: { operations, events } }: Parts): void {
  route(
    app,
    'GET /operations/:id',
    {
      summary: 'Show an operation; waits up to `wait` seconds for its end',
      params: ofOperation,
      query: Patience,
      answer: OperationSchema,
    },
    async ({ params, query, principal }) => {
      const { project } = await operations.get(params.id);
      if (!mayUse(principal, project)) throw operationNotFound(params.id);
      return await operations.wait(params.id, query.wait * 1000);
    },
  );
  route(
    app,
    'GET /events',
    { summary: 'What happened, oldest first', query: Position, answer: z.array(Event) },
    ({ principal: { role, project }, query }) => {
      if (role !== 'member') return events.list(query.after, undefined);
      if (project !== null) return events.list(query.after, project);
      throw forbidden(
        'no_project',
        'This token acts for no project.',
        'Use a token that was made for a project.',
      );
    },
  );
}
