/** What a node is answered, by the last part of `/boot/TOKEN/...`: scripts, files, its configuration; and what it reports. */
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { hashToken, messageOf, newToken } from '@bullion/service';
import { z } from 'zod';
import { partPath, sizeOf } from './boot-files.ts';
import type { BootParts } from './boot-parts.ts';
import { accessOf } from './boots.ts';
import type { Context, Trx } from './context.ts';
import { sendCopy } from './copies.ts';
import { type SeedPart, seedPart } from './identity/answers.ts';
import { identityOf } from './identity/identity.ts';
import { identityValues } from './identity/seed.ts';
import { type Facts, readInspection } from './inspection/report.ts';
import { tellInspection } from './inspection/tell.ts';
import { kernelScript, localScript, sanScript } from './ipxe-script.ts';
import { type Asked, Refusal } from './node-request.ts';
import type { BootTable } from './store/schema.ts';
import { acceptWipe } from './wipes/accept.ts';
import { wipeOf } from './wipes/wipe.ts';

const REPORT_BYTES = 16 * 1024;
/** A machine with many disks and NICs, a frame for each NIC. */
const INSPECTION_BYTES = 512 * 1024;

const Report = z.object({
  hostname: z.string().max(253),
  sshHostKeys: z
    .array(z.string().regex(/^[\x20-\x7e]{1,2000}$/))
    .max(10)
    .default([]),
  /** Since the kernel began: now, and when its initramfs began. */
  uptimeSeconds: z.number().nonnegative().optional(),
  initramfsSeconds: z.number().nonnegative().optional(),
});

export type TokenKind = 'script_token' | 'config_token_hash' | 'report_token_hash' | 'seed_token_hash';
type Route = {
  method: 'GET' | 'POST';
  /** HEAD is answered too: it tells nothing and changes nothing. */
  head?: boolean;
  token: TokenKind;
  answer: (asked: Asked) => Promise<void>;
};

/** By the last part of `/boot/TOKEN/...`. */
export const ROUTES = new Map<string, Route>([
  ['script.ipxe', { method: 'GET', token: 'script_token', answer: serveScript }],
  ['kernel', { method: 'GET', head: true, token: 'script_token', answer: serveKernel }],
  ['initrd', { method: 'GET', head: true, token: 'script_token', answer: serveInitrd }],
  ['config', { method: 'GET', token: 'config_token_hash', answer: serveConfig }],
  ['disk', { method: 'GET', token: 'config_token_hash', answer: sendCopy }],
  ['event', { method: 'POST', token: 'config_token_hash', answer: takeEvent }],
  ['running', { method: 'POST', token: 'report_token_hash', answer: takeReport }],
  [
    'meta-data',
    { method: 'GET', token: 'seed_token_hash', answer: (asked) => serveSeed(asked, 'meta-data') },
  ],
  [
    'user-data',
    { method: 'GET', token: 'seed_token_hash', answer: (asked) => serveSeed(asked, 'user-data') },
  ],
  [
    'vendor-data',
    { method: 'GET', token: 'seed_token_hash', answer: (asked) => serveSeed(asked, 'vendor-data') },
  ],
  ['inspection', { method: 'POST', token: 'report_token_hash', answer: takeInspection }],
  ['wiped', { method: 'POST', token: 'report_token_hash', answer: takeWipe }],
]);

const base = ({ network }: Context) => `http://${network.address}:${network.httpPort}/boot`;

/** Each script carries fresh tokens, so that a node that is rebooted gets its configuration again, and only then. */
async function serveScript({ context, stages, boot, response }: Asked): Promise<void> {
  const { db, network } = context;
  // What its firmware did instead of booting from its own disk. To copy again would take away what was written there.
  if (boot.mode === 'copy' && (await stages.has(boot.id, 'copied')))
    return sendText(response, localScript(boot.node));
  const image = await db
    .selectFrom('images')
    .select(['cmdline'])
    .where('name', '=', boot.image)
    .executeTakeFirstOrThrow();
  const configToken = newToken('config');
  const seedToken = newToken('seed');
  await db.transaction().execute(async (trx) => {
    await trx
      .updateTable('boots')
      .set({
        ...{ config_token_hash: hashToken(configToken), config_used: 0, report_token_hash: null },
        ...{ seed_token_hash: hashToken(seedToken), seed_read: '' },
      })
      .where('id', '=', boot.id)
      .execute();
    // A node that begins anew has loaded nothing yet, and a login at its disk is iPXE's once more (san-stages.ts).
    if (boot.state === 'booting') await stages.rewind(trx, boot.id, 'loaded');
    await stages.note(trx, boot.id, ['ipxe']);
  });
  stages.wake(boot.id);
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
      // A node that is only looked at, or wiped, is nobody's.
      ...(boot.inspection === null && boot.wipe === null && { seedUrl: `${base(context)}/${seedToken}/` }),
    }),
  );
}

async function serveKernel(asked: Asked): Promise<void> {
  await serveFile(asked, 'kernel');
}

async function serveInitrd(asked: Asked): Promise<void> {
  await serveFile(asked, 'initrd');
  if (asked.request.method === 'GET') await asked.stages.reach(asked.boot.id, 'loaded');
}

async function serveFile(
  { context, boot, request, response }: Asked,
  part: 'kernel' | 'initrd',
): Promise<void> {
  const { id } = await context.db
    .selectFrom('images')
    .select('id')
    .where('name', '=', boot.image)
    .executeTakeFirstOrThrow();
  const path = partPath(context, id, part);
  const size = await sizeOf(path);
  if (size === undefined)
    throw new Refusal(404, `The image has no ${part}: it boots by its own boot loader.`);
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size });
  if (request.method === 'HEAD') return void response.end();
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  await pipeline(file, response).catch((error: unknown) => {
    // A node that hangs up as soon as it has the last byte has got it all.
    if (!file.readableEnded) throw error;
  });
}

/** What the initramfs needs to reach the disk. Given out once a script: the conditional update decides who was first. */
async function serveConfig({ context, stages, boot, response }: Asked): Promise<void> {
  const reportToken = newToken('report');
  await context.db.transaction().execute(async (trx) => {
    const first = await trx
      .updateTable('boots')
      .set({ config_used: 1, report_token_hash: hashToken(reportToken) })
      .where('id', '=', boot.id)
      .where('config_token_hash', '=', boot.config_token_hash)
      .where('config_used', '=', 0)
      .executeTakeFirst();
    if (first.numUpdatedRows === 0n)
      throw new Refusal(410, 'This configuration was given out already. Reboot for a new one.');
    // A node that asks for it has loaded its initramfs, even where the end of that download is not yet noted.
    await stages.note(trx, boot.id, ['loaded', 'kernel']);
  });
  stages.wake(boot.id);
  const identity = identityOf(context, boot);
  const values = {
    ...(boot.mode === 'diskless' ? targetOf(context, boot) : await copyOf(context, boot)),
    HOSTNAME: boot.hostname,
    // An address of ours stays with the boot; another server's must be asked for again before its time is over.
    ...(context.network.dhcp === 'proxy' && { HOLD_LEASE: 'yes' }),
    REPORT_URL: `${base(context)}/${reportToken}/running`,
    SSH_AUTHORIZED_KEYS: Buffer.from(boot.ssh_authorized_keys).toString('base64'),
    ...(identity && boot.inspection === null && boot.wipe === null && identityValues(identity)),
    ...(boot.inspection !== null && { INSPECT_URL: `${base(context)}/${reportToken}/inspection` }),
    ...(boot.wipe !== null && {
      WIPE: wipeOf(boot)!.policy,
      WIPE_URL: `${base(context)}/${reportToken}/wiped`,
    }),
  };
  sendText(
    response,
    Object.entries(values)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
}

function targetOf(context: Context, boot: BootTable): Record<string, string> {
  const access = accessOf(context, boot);
  return {
    TARGET_NAME: access.target,
    TARGET_ADDRESS: context.network.address,
    TARGET_PORT: String(context.network.iscsiPort),
    INITIATOR_NAME: access.initiator,
    CHAP_USER: access.user,
    CHAP_SECRET: access.secret,
  };
}

async function copyOf({ db, layers }: Context, boot: BootTable): Promise<Record<string, string>> {
  const { id, size_bytes } = await db
    .selectFrom('volumes')
    .select(['id', 'size_bytes'])
    .where('name', '=', boot.volume)
    .executeTakeFirstOrThrow();
  const layer = await layers.find(id);
  return {
    MODE: boot.mode,
    DISK_BYTES: String(size_bytes),
    // What memory must hold. Not exact: what lies in several layers counts several times.
    DISK_DATA_BYTES: String(Math.min(size_bytes, layer ? layer.ownBytes + layer.sharedBytes : size_bytes)),
  };
}

async function serveSeed({ context, boot, response }: Asked, part: SeedPart): Promise<void> {
  sendText(response, await seedPart(context, boot, part));
}

/** The initramfs says that the copy is whole, or why it cannot go on. */
async function takeEvent({ context, copies, stages, boot, request, response }: Asked): Promise<void> {
  const form = new URLSearchParams(await readBody(request));
  if (form.get('stage') === 'wiping' && boot.wipe !== null) {
    // A node whose wipe goes on may take its time.
    copies.moved(boot.id, Math.min(Number(form.get('percent')) || 0, 100) / 100);
    return sendText(response, 'noted\n');
  }
  if (form.get('stage') === 'copied' && boot.mode !== 'diskless') {
    if (boot.state === 'booting') await stages.reach(boot.id, 'copied');
    return sendText(response, 'noted\n');
  }
  if (form.get('stage') !== 'failed') throw new Refusal(400, 'No such stage is reported here.');
  const message = (form.get('reason') ?? 'no reason given').replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, 500);
  // A node that runs has nothing to fail any more: its kernel command line, with this token, is there for all to read.
  await context.db
    .updateTable('boots')
    .set({ error: JSON.stringify({ code: 'node_reported_failure', message }) })
    .where('id', '=', boot.id)
    .where('state', '=', 'booting')
    .execute();
  stages.wake(boot.id);
  sendText(response, 'noted\n');
}

/** The operating system is up. The token is used up by the first report. */
async function takeReport({ context, stages, boot, request, response }: Asked): Promise<void> {
  const parsed = Report.safeParse(parseJson(await readBody(request)));
  if (!parsed.success) throw new Refusal(400, `This report is not valid: ${z.prettifyError(parsed.error)}`);
  const { sshHostKeys } = parsed.data;
  // Together: a token that was used up without its stage would leave a node that runs for ever coming up.
  await context.db.transaction().execute(async (trx) => {
    const first = await trx
      .updateTable('boots')
      .set({
        report_token_hash: null,
        // What cloud-init has not read by now nobody does: every user of the node can see the address on the kernel's line.
        seed_token_hash: null,
        // An image that made a key of its own says which; the report is the node's own, so that one is to be expected then.
        ...(sshHostKeys.length > 0 && { ssh_host_keys: JSON.stringify(sshHostKeys) }),
      })
      .where('id', '=', boot.id)
      .where('report_token_hash', '=', boot.report_token_hash)
      .executeTakeFirst();
    if (first.numUpdatedRows === 0n) throw new Refusal(410, 'This boot was reported already.');
    if (boot.mode === 'copy') await noteLocalStages(trx, stages, boot, parsed.data);
    await stages.note(trx, boot.id, ['running']);
  });
  stages.wake(boot.id);
  sendText(response, 'welcome\n');
}

/** Nothing asks us for anything while a node boots from its own disk, so it tells afterwards when it was where. */
async function noteLocalStages(
  trx: Trx,
  stages: BootParts['stages'],
  boot: BootTable,
  { uptimeSeconds, initramfsSeconds }: z.infer<typeof Report>,
): Promise<void> {
  const restarted = (await stages.timeline(boot.id)).find(({ stage }) => stage === 'restarted');
  if (!restarted || uptimeSeconds === undefined || initramfsSeconds === undefined) return;
  const now = Date.now();
  const since = (seconds: number) =>
    new Date(Math.min(now, Math.max(Date.parse(restarted.at), now - seconds * 1000))).toISOString();
  await stages.note(trx, boot.id, ['disk-loaded'], since(uptimeSeconds));
  await stages.note(trx, boot.id, ['disk-kernel'], since(uptimeSeconds - initramfsSeconds));
}

/** What an inspected node is made of, for the isolation service. The token is used up once that has taken it. */
async function takeInspection({ context, stages, boot, request, response }: Asked): Promise<void> {
  if (boot.inspection === null) throw new Refusal(404, 'This boot is no inspection.');
  const report = await readBody(request, INSPECTION_BYTES);
  let facts: Facts;
  try {
    facts = readInspection(report);
  } catch (error) {
    throw new Refusal(400, `This report is not valid: ${messageOf(error)}.`);
  }
  await tellInspection(context, boot, facts);
  await context.db.updateTable('boots').set({ report_token_hash: null }).where('id', '=', boot.id).execute();
  await stages.reach(boot.id, 'running');
  sendText(response, 'thank you\n');
}

/** All disks of the node were read back as zeros, and none is missing. Told once. */
async function takeWipe({ context, stages, boot, request, response }: Asked): Promise<void> {
  if (boot.wipe === null) throw new Refusal(404, 'This boot is no wipe.');
  await acceptWipe(context, stages, boot, await readBody(request, INSPECTION_BYTES));
  stages.wake(boot.id);
  sendText(response, 'thank you\n');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage, limit = REPORT_BYTES): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The connection is left open where the body is too long: it carries the answer that says so.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > limit) throw new Refusal(413, 'This report is too long.');
  }
  return Buffer.concat(chunks).toString('utf8');
}

function sendText(response: ServerResponse, text: string): void {
  response
    .writeHead(200, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) })
    .end(text);
}
