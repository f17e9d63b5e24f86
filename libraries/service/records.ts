/** The routes of what a service keeps of its work: operations, events, the audit log. */
import { Readable } from 'node:stream';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { listAudit, verifyAudit } from './audit.ts';
import type { Changes, WithChanges } from './changes.ts';
import type { Events } from './events.ts';
import { type App, type Authenticate, failures, OperationSchema } from './http.ts';
import { operationNotFound } from './operation.ts';
import type { Operations } from './operations.ts';
import { mayUse, projectsSeen } from './principal.ts';
import { createRoutes, SequenceQuery } from './routes.ts';

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
const AuditLine = z
  .object({
    sequence: z.number().int(),
    at: z.string(),
    actor: z.string().describe('token/ID, user/NAME, oidc/SUBJECT, or the service itself'),
    label: z.string(),
    address: z.string().nullable(),
    request: z.string().nullable(),
    action: z.string(),
    input: z.string().nullable().describe('What was sent, as JSON without secrets'),
    outcome: z.enum(['done', 'begun', 'refused', 'failed']),
    code: z.string().nullable(),
    hash: z.string(),
  })
  .meta({ id: 'AuditLine' });
const Verdict = z.object({
  lines: z.number().int(),
  head: z
    .object({ sequence: z.number().int(), hash: z.string() })
    .describe('Keep it elsewhere: a checkpoint'),
  fault: z.string().nullable().describe('The first thing that is wrong'),
});
const Checkpoint = z.object({
  checkpoint: z
    .string()
    .regex(/^\d{1,15}:[0-9a-f]{64}$/)
    .optional()
    .describe('SEQUENCE:HASH of a line that was kept elsewhere'),
});

const ofOperation = z.object({ id: z.uuid() });
const Patience = z.object({ wait: z.coerce.number().min(0).max(60).default(0) });
const Since = z.object({ after: z.coerce.number().int().min(0).optional() });
const LastEvent = z.object({ 'last-event-id': z.coerce.number().int().min(0).optional() });

type Records<Schema> = {
  db: Kysely<Schema>;
  changes: Changes<Schema & WithChanges>;
  operations: Operations;
  events: Events;
};

/** Operations, events with their stream, and the audit log: the same in every service that has changes. */
export function addRecordRoutes<Schema extends WithChanges>(
  app: App,
  prefix: string,
  { db, changes, operations, events }: Records<Schema>,
  authenticate: Authenticate,
): void {
  const { reads, lists } = createRoutes(app, changes, prefix);
  reads(
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
  lists(
    'GET /events',
    { summary: 'What happened, oldest first', query: SequenceQuery, items: Event },
    ({ principal, query }) => events.list(query.after, projectsSeen(principal), query.limit),
    ({ sequence }) => sequence,
  );
  const summary = 'What happens, as server-sent events: after `Last-Event-ID` or `after`, else from now on';
  app.get(
    `${prefix}/events/stream`,
    { schema: { summary, querystring: Since, headers: LastEvent, response: { 200: z.any(), ...failures } } },
    async (request, reply) => {
      const after = request.headers['last-event-id'] ?? request.query.after ?? (await events.last());
      const gone = new AbortController();
      reply.raw.on('close', () => gone.abort());
      // Asked again before each look: a token that was taken back sees nothing more.
      const look = async (sequence: number) => {
        const principal = await authenticate(request.token, request.scheme);
        if (principal) return await events.list(sequence, projectsSeen(principal));
        gone.abort();
        return [];
      };
      const text = async function* () {
        yield ': here\n\n';
        for await (const page of events.follow(after, look, gone.signal)) {
          yield page.map((event) => `id: ${event.sequence}\ndata: ${JSON.stringify(event)}\n\n`).join('') ||
            ':\n\n';
        }
      };
      return reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        .send(Readable.from(text()));
    },
  );
  const operatorOnly = 'see the audit log';
  lists(
    'GET /audit',
    {
      summary: 'Who asked for which change, oldest first',
      operatorOnly,
      query: SequenceQuery,
      items: AuditLine,
    },
    ({ query }) => listAudit(db, query.after, query.limit),
    ({ sequence }) => sequence,
  );
  reads(
    'GET /audit/verify',
    { summary: 'Follow the chain of the audit log', operatorOnly, query: Checkpoint, answer: Verdict },
    ({ query: { checkpoint } }) => {
      const [sequence, hash] = (checkpoint ?? '').split(':');
      return verifyAudit(
        (after, limit) => listAudit(db, after, limit),
        hash ? { sequence: Number(sequence), hash } : undefined,
      );
    },
  );
}
