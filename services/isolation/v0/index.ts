/**
 * HIL's REST API at `/v0`: another face of the same model, for HIL's client, its command line, and scripts that were
 * written for them. It has no rules of its own beside HIL's manners; see README.md.
 */
import { type App, BullionError, messageOf } from '@bullion/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Parts } from '../api/route.ts';
import { addActionCalls, defineRevert } from './actions.ts';
import { parseBody } from './arguments.ts';
import { answerOf, notValid } from './errors.ts';
import { addHeadnodeCalls } from './headnodes.ts';
import { addNetworkCalls } from './networks.ts';
import { addNicCalls } from './nics.ts';
import { addNodeCalls } from './nodes.ts';
import { Obm } from './obm.ts';
import { addPowerCalls } from './power.ts';
import { addProjectCalls } from './projects.ts';
import type { Face } from './route.ts';
import { addSwitchCalls } from './switches.ts';
import { addUserCalls } from './users.ts';

export { v0Migrations } from './store.ts';

/** To be called before operations are resumed. */
export function addV0(parts: Parts): void {
  defineRevert(parts);
  // The types of a plugin's own scope are those of fastify alone.
  parts.app.register(
    async (scope) => {
      const app = scope as unknown as App;
      speakHil(app, parts);
      const face: Face = { ...parts, app, obm: new Obm(parts.context.db) };
      addProjectCalls(face);
      addNodeCalls(face);
      addNicCalls(face);
      addPowerCalls(face);
      addNetworkCalls(face);
      addActionCalls(face);
      addSwitchCalls(face);
      addUserCalls(face);
      addHeadnodeCalls(face);
    },
    { prefix: '/v0' },
  );
}

/** Bodies are JSON whatever they say they are, and errors have HIL's form. */
function speakHil(app: App, { context }: Parts): void {
  app.decorateRequest('hilTypes');
  app.removeAllContentTypeParsers();
  // Not even one that is none is looked at.
  app.addHook('onRequest', async (request) => {
    delete request.raw.headers['content-type'];
  });
  app.addContentTypeParser('*', { parseAs: 'string' }, async (_: FastifyRequest, body: unknown) =>
    parseBody(String(body)),
  );
  app.setErrorHandler(async (thrown, request, reply) => {
    const error = asRefusal(thrown);
    // Who asked is known only when the arguments were right.
    if (request.principal && !['GET', 'HEAD'].includes(request.method)) {
      await context.changes
        .refuse(request as FastifyRequest, error)
        .catch((cause: unknown) =>
          request.log.error(
            { request: request.id, error: messageOf(cause) },
            'a refusal was not written down',
          ),
        );
    }
    const { status, body } = answerOf(error, request.hilTypes);
    if (status >= 500) {
      const stack = error.kind === 'internal' && thrown instanceof Error ? thrown.stack : undefined;
      request.log.error(
        { request: request.id, code: error.code, error: messageOf(thrown), stack },
        'request failed',
      );
    }
    return (reply as FastifyReply).status(status).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const msg = `HIL's API has no ${request.method} ${request.url.split('?')[0]}.`;
    return (reply as FastifyReply).status(404).send({ type: 'NotFoundError', msg });
  });
}

function asRefusal(thrown: unknown): BullionError {
  if (thrown instanceof BullionError) return thrown;
  const status = (thrown as { statusCode?: number } | null)?.statusCode;
  if (status !== undefined && status >= 400 && status < 500) {
    return notValid(`The request cannot be read: ${messageOf(thrown)}.`);
  }
  return new BullionError('internal', 'internal', 'The service failed at this request.', {
    hint: 'Tell the operator when it was: the cause is in the log.',
    cause: thrown,
  });
}
