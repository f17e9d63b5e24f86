/**
 * M2's own REST calls at `/m2`, over the same images, volumes and boots, so that its scripts work unchanged: parameters
 * as a form, names and passwords by HTTP Basic, `Success` or JSON for an answer, a line of text for a failure.
 */
import { BullionError, identify, messageOf } from '@bullion/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Parts } from '../api/route.ts';
import { CALLS, type Call } from './calls.ts';
import { formOf, M2Refusal } from './form.ts';

/** More than any of the calls needs. */
const FORM_BYTES = 16 * 1024;
const METHODS = ['GET', 'PUT', 'POST', 'DELETE'] as const;

export function addM2({ app, context, parts, authenticate }: Parts): void {
  app.register(
    async (m2) => {
      // Whatever it says it is, it is read as a form, as M2 reads it: a missing parameter is told as such.
      m2.removeAllContentTypeParsers();
      m2.addContentTypeParser('*', { parseAs: 'string', bodyLimit: FORM_BYTES }, (_request, body, done) =>
        done(null, body),
      );
      m2.setErrorHandler(async (thrown, request, reply) => {
        const error = thrown instanceof BullionError ? thrown : undefined;
        if (request.principal && error) await context.changes.refuse(request, error).catch(() => {});
        return refuse(thrown, request, reply);
      });
      const answer = (call: Call) => async (request: FastifyRequest, reply: FastifyReply) => {
        if (request.headers.authorization === undefined)
          throw new M2Refusal(400, 'No Authentication Details Given');
        await identify(request, reply, authenticate, { basic: true });
        const form = formOf(request.body, ['project', ...call.parameters]);
        const value = await call.answer({ context, parts, request, form });
        return reply
          .type('text/plain; charset=utf-8')
          .send(value === true ? 'Success' : JSON.stringify(value));
      };
      for (const call of CALLS) {
        for (const method of METHODS) {
          m2.route({
            method,
            url: call.path,
            // It has credentials of its own kind, and is in nobody's OpenAPI document.
            config: { public: true },
            schema: { hide: true },
            handler:
              method === call.method
                ? answer(call)
                : () => {
                    throw new M2Refusal(405, `Please use ${call.method}`);
                  },
          });
        }
      }
    },
    { prefix: '/m2' },
  );
}

function refuse(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const text = reply.type('text/plain; charset=utf-8');
  if (thrown instanceof M2Refusal) return text.status(thrown.status).send(thrown.message);
  if (thrown instanceof BullionError) {
    const hint = thrown.hint === undefined ? '' : ` ${thrown.hint}`;
    return text
      .status(statusOf(thrown))
      .send(thrown.code === 'm2' ? thrown.message : `${thrown.message}${hint}`);
  }
  const status = (thrown as { statusCode?: number }).statusCode;
  if (status !== undefined && status < 500) return text.status(400).send('The request cannot be read.');
  request.log.error({ request: request.id, error: messageOf(thrown) }, 'an M2 request failed');
  return text.status(500).send('The service failed; its log says more.');
}

/** M2 knows 400, 401, 403, 404, 405, 409 and 500. */
const statusOf = ({ status }: BullionError): number =>
  [400, 401, 403, 404, 409].includes(status) ? status : status < 500 ? 400 : 500;
