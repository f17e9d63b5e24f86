/** Power, boot device and console: HIL sends a client on to a URL with a token, as it would to OBMd; ours is here. */
import { Readable } from 'node:stream';
import { BullionError } from '@bullion/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { requireConsole } from '../consoles/ledger.ts';
import { withGaps } from '../consoles/routes.ts';
import { powerState, setBootDevice, setPower } from '../power.ts';
import type { NodeTable } from '../store/schema.ts';
import { args, text } from './arguments.ts';
import { notValid } from './errors.ts';
import { add, type Face, routesOf } from './route.ts';

const ofNode = args({ node: text });
/** What HIL checks before it sends a client on. */
const SENT_ON: Record<string, z.ZodType<{ node: string }>> = {
  'POST power_on': ofNode,
  'POST power_off': ofNode,
  'POST power_cycle': args({ node: text, force: z.boolean().optional() }),
  'PUT boot_device': args({ node: text, bootdev: text }),
  'GET power_status': ofNode,
  'GET console': ofNode,
};
const Cycle = z.looseObject({ force: z.boolean().default(false) });
const Boot = z.looseObject({ bootdev: z.enum(['pxe', 'disk', 'none']) });

type Held = NodeTable & { allocation: string };

export function addPowerCalls(face: Face): void {
  const { obm } = face;
  const { reads, writes } = routesOf(face);
  writes(
    'PUT /node/:node/obm',
    args({ node: text, enabled: z.boolean() }),
    {},
    async ({ args: { node, enabled }, commit }) => {
      await commit((change) => (enabled ? obm.enable(change, node) : obm.disable(change, node)));
    },
  );
  for (const [call, schema] of Object.entries(SENT_ON)) {
    const [method, operation] = call.split(' ');
    reads(`${method} /node/:node/${operation}`, schema, {}, async ({ args: { node }, principal }, reply) => {
      if (operation === 'console') await requireConsole(face.context.db, principal, node);
      const token = await obm.grant(principal, node, operation!);
      // 307 (RFC 9110 section 15.4.8): the method and the body stay. Relative, as who is in front of us is not known.
      return reply.redirect(`/v0/obm/${encodeURIComponent(node)}/${operation}?token=${token}`, 307);
    });
  }
  addTargets(face);
}

/** Where clients are sent on to. */
function addTargets(face: Face): void {
  const { context, consoles, obm } = face;
  changing(face, 'POST power_on', (node) => setPower(context, node, 'on'));
  changing(face, 'POST power_off', (node) => setPower(context, node, 'off'));
  changing(face, 'POST power_cycle', async (node, body) => {
    const { force } = parsed(Cycle, body ?? {});
    try {
      await setPower(context, node, force ? 'reset' : 'cycle');
    } catch (error) {
      // As OBMd does, a server that is off is switched on.
      if (!(error instanceof BullionError) || error.code !== 'bmc_wrong_state') throw error;
      await setPower(context, node, 'on');
    }
  });
  changing(face, 'PUT boot_device', async (node, body) => {
    const { bootdev } = parsed(Boot, body);
    await setBootDevice(context, node, { device: bootdev === 'pxe' ? 'network' : bootdev, persistent: true });
  });
  target(face, 'GET power_status', async (node) => ({ power_status: await powerState(context, node) }));
  target(face, 'GET console', async (node, _request, reply) => {
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    const signal = obm.whileEnabled(node.name, gone.signal);
    const bytes = Readable.from(withGaps(consoles.read(node.allocation, { follow: true, signal })));
    return reply.type('application/octet-stream').header('x-content-type-options', 'nosniff').send(bytes);
  });
}

/** The BMC is asked between two lines of the audit log. */
function changing(face: Face, call: string, ask: (node: Held, body: unknown) => Promise<unknown>): void {
  const { changes } = face.context;
  target(face, call, async (node, request) => {
    await changes.perform(request, 200, async (commit) => {
      await changes.begin(request);
      await ask(node, request.body);
      await commit(async () => undefined);
    });
  });
}

function target(
  { app, obm }: Face,
  call: string,
  answer: (node: Held, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
): void {
  const [method, operation] = call.split(' ');
  add(app, `${method} /obm/:node/${operation}`, undefined, async (request, reply) => {
    const { node: name } = request.params as { node: string };
    const [path, query] = request.url.split('?');
    const token = new URLSearchParams(query).get('token') ?? '';
    const { principal, node } = await obm.redeem(token, name, operation!);
    request.principal = principal;
    // The audit log keeps the URL, and is not to keep the token.
    request.raw.url = path!;
    return await answer(node, request, reply);
  });
}

function parsed<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw notValid(`The body is not valid: ${z.prettifyError(result.error)}.`);
}
