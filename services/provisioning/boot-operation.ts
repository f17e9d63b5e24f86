/**
 * What a boot does, step by step, and how it is undone. Every step does nothing where its work is done already, so that
 * a boot that a crash interrupted is run again from the start: it goes on by switching the node off and on again.
 */

import { isolationOperation, ok, settle } from '@bullion/sdk';
import { BullionError, messageOf, type OperationContext } from '@bullion/service';
import { accessOf, livingBoots } from './boots.ts';
import { type Context, now } from './context.ts';
import type { DhcpHost } from './dhcp/config.ts';
import type { Dhcp } from './dhcp/dnsmasq.ts';
import type { Exports } from './exports.ts';
import type { Stages } from './stages.ts';
import type { BootTable } from './store/schema.ts';
import { deleteLayer, ensureClone, removeVolumeRow } from './volumes.ts';

export type BootParts = { exports: Exports; dhcp: Dhcp; stages: Stages };

/** How often a boot looks whether its node is still the project's, in milliseconds. */
const LOOK_MS = 5000;

export function defineBoot(context: Context, parts: BootParts): void {
  context.operations.define<{ boot: string }>('node.boot', async (operation) => {
    const boot = await loadBoot(context, operation.input.boot);
    if (boot.state !== 'booting') return;
    try {
      await bringUp(context, parts, operation, boot);
    } catch (error) {
      // The service closes: the boot goes on at the next start.
      if (operation.signal.aborted && !(operation.signal.reason instanceof BullionError)) throw error;
      const cause = operation.signal.aborted ? operation.signal.reason : error;
      const leftovers = await tearDown(context, parts, boot, { deleteVolume: boot.volume_is_new === 1 });
      await end(context, parts, boot, 'failed', cause, leftovers);
      throw cause;
    }
  });
}

async function loadBoot({ db }: Context, id: string): Promise<BootTable> {
  return await db.selectFrom('boots').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

async function bringUp(
  context: Context,
  parts: BootParts,
  operation: OperationContext<unknown>,
  boot: BootTable,
): Promise<void> {
  const { stages } = parts;
  const { isolation } = context.isolation;
  const node = { params: { path: { node: boot.node } }, signal: operation.signal };
  await operation.step('clone', async () => {
    const volume = await context.db
      .selectFrom('volumes')
      .selectAll()
      .where('name', '=', boot.volume)
      .executeTakeFirstOrThrow();
    await ensureClone(context, volume);
    await stages.reach(boot.id, 'cloned');
  });
  await operation.step('export', async () => {
    await openExport(context, parts, boot);
    await stages.reach(boot.id, 'exported');
  });
  await operation.step('power off', () =>
    ok(isolation.PUT('/isolation/v1/nodes/{node}/power', { ...node, body: { action: 'off' } })),
  );
  await operation.step('network', async (note) => {
    await putOnNetwork(context, operation, boot, note);
    await setHosts(context, parts);
    await stages.reach(boot.id, 'network');
  });
  await operation.step('power on', async () => {
    await stages.rewind(boot.id, 'power-on');
    await ok(
      isolation.PUT('/isolation/v1/nodes/{node}/boot-device', {
        ...node,
        body: { device: 'network', persistent: true },
      }),
    );
    // Before the power, not after: the firmware may ask for its address before the BMC has answered us.
    await stages.reach(boot.id, 'power-on');
    await ok(isolation.PUT('/isolation/v1/nodes/{node}/power', { ...node, body: { action: 'on' } }));
  });
  await operation.step('follow', (note) => follow(context, parts, operation, boot, note));
  await context.db.transaction().execute(async (trx) => {
    await trx
      .updateTable('boots')
      .set({ state: 'running' })
      .where('id', '=', boot.id)
      .where('state', '=', 'booting')
      .execute();
    await context.events.append(trx, {
      kind: 'boot.running',
      subject: `node/${boot.node}`,
      project: boot.project,
      data: { boot: boot.id },
    });
  });
}

export async function openExport(context: Context, { exports }: BootParts, boot: BootTable): Promise<void> {
  const volume = await context.db
    .selectFrom('volumes')
    .select('id')
    .where('name', '=', boot.volume)
    .executeTakeFirstOrThrow();
  await exports.add(accessOf(context, boot), volume.id, boot.address);
}

/** Attaches the boot NIC to the provisioning network and waits until the switch was read to carry it. */
async function putOnNetwork(
  context: Context,
  operation: OperationContext<unknown>,
  boot: BootTable,
  note: (text: string) => Promise<void>,
): Promise<void> {
  const { isolation } = context.isolation;
  const path = { node: boot.node, nic: boot.nic, network: context.network.name };
  const started = await ok(
    isolation.PUT('/isolation/v1/nodes/{node}/nics/{nic}/networks/{network}', {
      params: { path },
      body: { mode: 'native' },
    }),
  ).catch((error: unknown) => {
    // A former run of this boot, or the boot before it, has put it there.
    if (
      error instanceof BullionError &&
      error.code === 'nic_attached' &&
      !error.message.includes('detaching')
    )
      return undefined;
    throw error;
  });
  if (!started) return;
  await settle(isolationOperation(context.isolation), started.operation, {
    signal: operation.signal,
    onProgress: (progress) =>
      void note(progress.steps.at(-1)?.note ?? 'waiting for the switch').catch(() => {}),
  });
}

/** Tells DHCP which nodes live now. */
export async function setHosts(context: Context, { dhcp }: BootParts): Promise<void> {
  await dhcp.setHosts(
    (await livingBoots(context.db))
      .filter((boot) => boot.state !== 'ending')
      .map((boot) => dhcpHost(context, boot)),
  );
}

export function dhcpHost({ network }: Context, boot: BootTable): DhcpHost {
  return {
    mac: boot.mac,
    address: boot.address,
    hostname: boot.hostname,
    tag: `boot-${boot.id}`,
    scriptUrl: `http://${network.address}:${network.httpPort}/boot/${boot.script_token}/script.ipxe`,
  };
}

/** Waits for the node's own report, and notices when it can no longer come. */
async function follow(
  context: Context,
  { stages }: BootParts,
  operation: OperationContext<unknown>,
  boot: BootTable,
  note: (text: string) => Promise<void>,
): Promise<void> {
  const deadline = Date.now() + context.bootTimeoutMs;
  for (;;) {
    const listening = new AbortController();
    const change = stages
      .next(boot.id, AbortSignal.any([operation.signal, listening.signal, AbortSignal.timeout(LOOK_MS)]))
      .catch(() => {});
    try {
      const { error } = await loadBoot(context, boot.id);
      if (error !== null)
        throw bootFailed(
          boot,
          `it reported a failure: ${(JSON.parse(error) as { message: string }).message}`,
        );
      const last = (await stages.timeline(boot.id)).at(-1)!.stage;
      await note(`reached: ${last}`);
      if (last === 'running') return;
      if (Date.now() > deadline) {
        throw bootFailed(
          boot,
          `it did not report back within ${context.bootTimeoutMs / 1000} s; the last stage it reached is "${last}"`,
        );
      }
      await requireStillOurs(context, boot);
      await change;
      operation.signal.throwIfAborted();
    } finally {
      listening.abort();
    }
  }
}

async function requireStillOurs(context: Context, boot: BootTable): Promise<void> {
  const { isolation } = context.isolation;
  const params = { params: { path: { node: boot.node } } };
  const node = await ok(isolation.GET('/isolation/v1/nodes/{node}', params));
  if (node.project !== boot.project || node.state !== 'allocated')
    throw bootFailed(boot, 'it was released meanwhile');
  const { power } = await ok(isolation.GET('/isolation/v1/nodes/{node}/power', params));
  if (power === 'off') throw bootFailed(boot, 'its power went off');
}

function bootFailed(boot: BootTable, why: string): BullionError {
  return new BullionError(
    'bad_gateway',
    'boot_failed',
    `Node "${boot.node}" did not boot from the volume "${boot.volume}": ${why}.`,
    {
      hint: `Read what it printed: \`bullion console ${boot.node} --log\`.`,
      details: { node: boot.node, boot: boot.id },
    },
  );
}

/**
 * Takes away all that a boot has put in place. Goes on where one part fails, and returns what could not be done:
 * the target is closed and the VLAN is on its way off even when the BMC is dead.
 */
export async function tearDown(
  context: Context,
  parts: BootParts,
  boot: BootTable,
  options: { deleteVolume: boolean },
): Promise<string[]> {
  const { isolation } = context.isolation;
  const failures: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    await work().catch((error: unknown) => {
      // The node was released meanwhile: the isolation service has done or is doing these itself.
      const gone =
        error instanceof BullionError &&
        ['node_free', 'node_releasing', 'node_not_found', 'attachment_not_found'].includes(error.code);
      if (!gone) failures.push(`${what}: ${messageOf(error)}`);
    });
  };
  const node = { params: { path: { node: boot.node } } };
  await attempt('power off', () =>
    ok(isolation.PUT('/isolation/v1/nodes/{node}/power', { ...node, body: { action: 'off' } })),
  );
  await attempt('detach', async () => {
    const path = { node: boot.node, nic: boot.nic, network: context.network.name };
    const { operation } = await ok(
      isolation.DELETE('/isolation/v1/nodes/{node}/nics/{nic}/networks/{network}', { params: { path } }),
    );
    await settle(isolationOperation(context.isolation), operation, { signal: AbortSignal.timeout(30_000) });
  });
  await attempt('close the target', () => parts.exports.remove(accessOf(context, boot).target));
  if (options.deleteVolume) await attempt('delete the volume', () => dropVolume(context, boot));
  for (const failure of failures) context.log.warn({ boot: boot.id, node: boot.node, failure }, 'not undone');
  return failures;
}

async function dropVolume(context: Context, boot: BootTable): Promise<void> {
  const volume = await context.db
    .selectFrom('volumes')
    .select('id')
    .where('name', '=', boot.volume)
    .executeTakeFirst();
  if (!volume) return;
  await context.db.transaction().execute((trx) => removeVolumeRow(trx, boot.volume));
  await deleteLayer(context, volume.id);
}

/** The record's end. DHCP forgets the node with it. */
async function end(
  context: Context,
  parts: BootParts,
  boot: BootTable,
  state: 'failed' | 'ended',
  cause: unknown,
  leftovers: string[],
): Promise<void> {
  const error =
    cause instanceof BullionError ? cause.toBody().error : { code: 'boot_failed', message: messageOf(cause) };
  const told =
    leftovers.length === 0
      ? error
      : { ...error, message: `${error.message} Not undone: ${leftovers.join('; ')}.` };
  await context.db.transaction().execute(async (trx) => {
    await trx
      .updateTable('boots')
      .set({ state, ended_at: now(), ...(state === 'failed' ? { error: JSON.stringify(told) } : {}) })
      .where('id', '=', boot.id)
      .execute();
    await context.events.append(trx, {
      kind: `boot.${state}`,
      subject: `node/${boot.node}`,
      project: boot.project,
      data: { boot: boot.id },
    });
  });
  await setHosts(context, parts);
}

/** Begins to end a boot: the node goes off, the network and the disk are taken away. Returns the operation's id. */
export async function endBoot(
  context: Context,
  boot: BootTable,
  options: { deleteVolume: boolean },
): Promise<string> {
  const { db, operations } = context;
  const id = await db.transaction().execute(async (trx) => {
    const changed = await trx
      .updateTable('boots')
      .set({ state: 'ending' })
      .where('id', '=', boot.id)
      .where('state', 'in', ['booting', 'running', 'ending'])
      .executeTakeFirst();
    if (changed.numUpdatedRows === 0n) {
      throw new BullionError(
        'conflict',
        'boot_over',
        `This boot of node "${boot.node}" has ${boot.state === 'failed' ? 'failed' : 'ended'} already.`,
        {
          hint: 'Nothing is left to be ended.',
        },
      );
    }
    const input = { boot: boot.id, deleteVolume: options.deleteVolume };
    return await operations.create(trx, {
      kind: 'boot.end',
      subject: `node/${boot.node}`,
      project: boot.project,
      input,
    });
  });
  operations.start(id);
  return id;
}

export function defineEnd(context: Context, parts: BootParts): void {
  context.operations.define<{ boot: string; deleteVolume: boolean }>('boot.end', async (operation) => {
    const boot = await loadBoot(context, operation.input.boot);
    if (boot.state !== 'ending') return;
    const reason = new BullionError(
      'conflict',
      'boot_ended',
      `The boot of node "${boot.node}" was ended before it was through.`,
    );
    await operation.step('stop the boot', () => context.operations.cancel(boot.operation, reason));
    const leftovers = await operation.step('undo', async () => {
      await setHosts(context, parts);
      return await tearDown(context, parts, boot, { deleteVolume: operation.input.deleteVolume });
    });
    if (leftovers.length > 0) {
      throw new BullionError(
        'bad_gateway',
        'boot_not_undone',
        `Not all of the boot of node "${boot.node}" could be undone: ${leftovers.join('; ')}.`,
        {
          hint: `Put the cause right, then end it again: \`bullion boot end ${boot.node}\`.`,
        },
      );
    }
    await operation.step('end', () => end(context, parts, boot, 'ended', undefined, []));
  });
}
