/**
 * What nodes may ask for, on the provisioning network: their boot script, kernel and initramfs, their configuration
 * once, and a place to report to. A node is known by a secret token of its boot, and must come from the boot's address.
 */

import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { hashToken, messageOf, newToken } from '@bullion/service';
import { z } from 'zod';
import { accessOf } from './boots.ts';
import type { Context } from './context.ts';
import { kernelScript, sanScript } from './ipxe-script.ts';
import { LIVING } from './living.ts';
import type { Stages } from './stages.ts';
import type { BootTable } from './store/schema.ts';

/** An answer in plain text; nodes print it on their console. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const REPORT_BYTES = 16 * 1024;

const Report = z.object({
  hostname: z.string().max(253),
  sshHostKeys: z
    .array(z.string().regex(/^[\x20-\x7e]{1,2000}$/))
    .max(10)
    .default([]),
});

export class NodeServer {
  readonly #context: Context;
  readonly #stages: Stages;
  readonly #server: Server;

  constructor(context: Context, stages: Stages) {
    this.#context = context;
    this.#stages = stages;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.requestTimeout = 30_000;
  }

  async listen(): Promise<void> {
    const { address, httpPort } = this.#context.network;
    this.#server.listen(httpPort, address);
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const [, root, token, what, ...rest] = (request.url ?? '').split('?')[0]!.split('/');
      const route = ROUTES[`${request.method} ${what}`];
      if (root !== 'boot' || !token || !route || rest.length > 0)
        throw new Refusal(404, 'There is nothing here for a node.');
      const boot = await this.#bootOf(route.token, token, request);
      await route.answer({ context: this.#context, stages: this.#stages, boot, request, response });
    } catch (error) {
      if (response.headersSent) return void response.destroy();
      const status = error instanceof Refusal ? error.status : 500;
      if (status === 500) this.#context.log.error({ error: messageOf(error) }, 'node request failed');
      response
        .writeHead(status, { 'content-type': 'text/plain' })
        .end(`${error instanceof Refusal ? error.message : 'The service failed.'}\n`);
    }
  }

  /** The boot that a token belongs to, asked for by the node at the boot's own address. */
  async #bootOf(kind: TokenKind, token: string, request: IncomingMessage): Promise<BootTable> {
    const value = kind === 'script_token' ? token : hashToken(token);
    const boot = await this.#context.db
      .selectFrom('boots')
      .selectAll()
      .where(kind, '=', value)
      .where('state', 'in', LIVING)
      .executeTakeFirst();
    const from = request.socket.remoteAddress?.replace(/^::ffff:/, '');
    if (boot && boot.address === from) return boot;
    this.#context.log.warn(
      { from, path: request.url?.split('/').at(-1), node: boot?.node },
      'node request refused',
    );
    throw new Refusal(
      boot ? 403 : 410,
      boot ? 'This token belongs to another node.' : 'This token is not valid, or no longer.',
    );
  }
}

type TokenKind = 'script_token' | 'config_token_hash' | 'report_token_hash';
type Asked = {
  context: Context;
  stages: Stages;
  boot: BootTable;
  request: IncomingMessage;
  response: ServerResponse;
};

const ROUTES: Record<string, { token: TokenKind; answer: (asked: Asked) => Promise<void> }> = {
  'GET script.ipxe': { token: 'script_token', answer: serveScript },
  'GET kernel': { token: 'script_token', answer: (asked) => serveFile(asked, 'kernel') },
  'GET initrd': { token: 'script_token', answer: serveInitrd },
  'GET config': { token: 'config_token_hash', answer: serveConfig },
  'POST event': { token: 'config_token_hash', answer: takeEvent },
  'POST running': { token: 'report_token_hash', answer: takeReport },
};

const base = ({ network }: Context) => `http://${network.address}:${network.httpPort}/boot`;

/** Each script carries fresh tokens, so that a node that is rebooted gets its configuration again, and only then. */
async function serveScript({ context, stages, boot, response }: Asked): Promise<void> {
  const { db, network } = context;
  const image = await db
    .selectFrom('images')
    .select(['cmdline'])
    .where('name', '=', boot.image)
    .executeTakeFirstOrThrow();
  const configToken = newToken('config');
  await db
    .updateTable('boots')
    .set({ config_token_hash: hashToken(configToken), config_used: 0, report_token_hash: null })
    .where('id', '=', boot.id)
    .execute();
  await stages.reach(boot.id, 'ipxe');
  if (image.cmdline === null) {
    const access = accessOf(context, boot);
    return sendText(
      response,
      sanScript({ node: boot.node, portal: network.address, port: network.iscsiPort, ...access }),
    );
  }
  const own = `${base(context)}/${boot.script_token}`;
  sendText(
    response,
    kernelScript({
      node: boot.node,
      configUrl: `${base(context)}/${configToken}/config`,
      kernelUrl: `${own}/kernel`,
      initrdUrl: `${own}/initrd`,
      address: boot.address,
      prefix: network.prefix,
      mac: boot.mac,
      cmdline: image.cmdline,
    }),
  );
}

async function serveFile({ context, boot, response }: Asked, part: 'kernel' | 'initrd'): Promise<void> {
  const { id } = await context.db
    .selectFrom('images')
    .select('id')
    .where('name', '=', boot.image)
    .executeTakeFirstOrThrow();
  const path = join(context.imagesFolder, id, part);
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': (await stat(path)).size,
  });
  await pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), response);
}

async function serveInitrd(asked: Asked): Promise<void> {
  await serveFile(asked, 'initrd');
  await asked.stages.reach(asked.boot.id, 'loaded');
}

/** What the initramfs needs to reach the disk. Given out once a script: the conditional update decides who was first. */
async function serveConfig({ context, stages, boot, response }: Asked): Promise<void> {
  const reportToken = newToken('report');
  const first = await context.db
    .updateTable('boots')
    .set({ config_used: 1, report_token_hash: hashToken(reportToken) })
    .where('id', '=', boot.id)
    .where('config_token_hash', '=', boot.config_token_hash)
    .where('config_used', '=', 0)
    .executeTakeFirst();
  if (first.numUpdatedRows === 0n)
    throw new Refusal(410, 'This configuration was given out already. Reboot for a new one.');
  const access = accessOf(context, boot);
  const values = {
    TARGET_NAME: access.target,
    TARGET_ADDRESS: context.network.address,
    TARGET_PORT: String(context.network.iscsiPort),
    INITIATOR_NAME: access.initiator,
    CHAP_USER: access.user,
    CHAP_SECRET: access.secret,
    HOSTNAME: boot.hostname,
    REPORT_URL: `${base(context)}/${reportToken}/running`,
    SSH_AUTHORIZED_KEYS: Buffer.from(boot.ssh_authorized_keys).toString('base64'),
  };
  await stages.reach(boot.id, 'kernel');
  sendText(
    response,
    Object.entries(values)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
}

/** The initramfs says why it cannot go on. */
async function takeEvent({ context, stages, boot, request, response }: Asked): Promise<void> {
  const form = new URLSearchParams(await readBody(request));
  if (form.get('stage') !== 'failed') throw new Refusal(400, 'Only stage=failed is reported here.');
  const message = (form.get('reason') ?? 'no reason given').replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 500);
  if (boot.state === 'booting') {
    await context.db
      .updateTable('boots')
      .set({ error: JSON.stringify({ code: 'node_reported_failure', message }) })
      .where('id', '=', boot.id)
      .execute();
  }
  stages.wake(boot.id);
  sendText(response, 'noted\n');
}

/** The operating system is up. The token is used up by the first report. */
async function takeReport({ context, stages, boot, request, response }: Asked): Promise<void> {
  const parsed = Report.safeParse(parseJson(await readBody(request)));
  if (!parsed.success) throw new Refusal(400, `This report is not valid: ${z.prettifyError(parsed.error)}`);
  await context.db
    .updateTable('boots')
    .set({ report_token_hash: null, ssh_host_keys: JSON.stringify(parsed.data.sshHostKeys) })
    .where('id', '=', boot.id)
    .execute();
  await stages.reach(boot.id, 'running');
  sendText(response, 'welcome\n');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.length > REPORT_BYTES) throw new Refusal(413, 'This report is too long.');
  }
  return text;
}

function sendText(response: ServerResponse, text: string): void {
  response
    .writeHead(200, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) })
    .end(text);
}
