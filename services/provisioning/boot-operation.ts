/**
 * What a boot does, step by step. Every step does nothing where its work is done already, so that a boot that a crash
 * interrupted is run again from the start: it goes on by switching the node off and on again.
 *
 * A boot that fails is `ending`, with its error, until all of it is undone; then it is `failed`. One that is ended from
 * outside (`boot.end`) only stops here.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isolationOperation, ok, settle } from '@bullion/sdk';
import { BullionError, type OperationContext } from '@bullion/service';
import { bootEnded } from './boot-end.ts';
import { type BootParts, openExport, refreshHosts } from './boot-parts.ts';
import { loadBoot } from './boots.ts';
import type { Context } from './context.ts';
import { inTurn } from './fleet/turn.ts';
import { bootFailed, follow } from './follow.ts';
import type { BootTable } from './store/schema.ts';
import { close, undo } from './undo.ts';
import { ensureClone } from './volumes.ts';

type Operation = OperationContext<{ boot: string }>;
type Note = (text: string) => Promise<void>;

export function defineBoot(context: Context, parts: BootParts): void {
  context.operations.define<{ boot: string }>('node.boot', async (operation) => {
    const boot = await loadBoot(context.db, operation.input.boot);
    if (boot.state === 'running') return;
    if (boot.state === 'booting') {
      try {
        return await inTurn(parts, operation, boot, () => bringUp(context, parts, operation, boot));
      } catch (error) {
        // The service closes: it goes on at the next start. Or the boot was ended: `boot.end` undoes it.
        if (operation.signal.aborted) throw error;
        await giveUp(context, boot, error);
      }
    }
    await fail(context, parts, operation);
  });
}

/** From here on the boot has failed, also after a crash. Nothing changes where it was ended meanwhile. */
async function giveUp({ db, log }: Context, boot: BootTable, cause: unknown): Promise<void> {
  if (!(cause instanceof BullionError)) {
    const stack = cause instanceof Error ? cause.stack : String(cause);
    log.error({ boot: boot.id, node: boot.node, stack }, 'boot failed by a defect');
  }
  const { error } =
    cause instanceof BullionError
      ? cause.toBody()
      : bootFailed(boot, 'the service has a defect; its log says more').toBody();
  await db
    .updateTable('boots')
    .set({ state: 'ending', error: JSON.stringify(error) })
    .where('id', '=', boot.id)
    .where('state', '=', 'booting')
    .execute();
}

/** Undoes a boot that has failed, and fails with its error. */
async function fail(context: Context, parts: BootParts, operation: Operation): Promise<never> {
  const boot = await loadBoot(context.db, operation.input.boot);
  if (boot.error === null) throw bootEnded(boot);
  if (boot.state === 'ending') {
    await operation.step('undo', async () => {
      const leftovers = await undo(context, parts, boot, { deleteVolume: boot.volume_is_new === 1 });
      await close(context, boot, leftovers);
    });
  }
  const { error } = await loadBoot(context.db, boot.id);
  const { code, message, hint } = JSON.parse(error!) as { code: string; message: string; hint?: string };
  throw new BullionError('bad_gateway', code, message, {
    hint,
    details: { node: boot.node, boot: boot.id },
  });
}

async function bringUp(
  context: Context,
  parts: BootParts,
  operation: Operation,
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
  const copied = boot.mode === 'copy' && (await stages.has(boot.id, 'copied'));
  if (!copied && !(await hasAnswered(parts, boot))) {
    await operation.step('power off', () =>
      ok(isolation.PUT('/isolation/v1/nodes/{node}/power', { ...node, body: { action: 'off' } })),
    );
    await operation.step('network', async (note) => {
      const bootDevice = ok(
        isolation.PUT('/isolation/v1/nodes/{node}/boot-device', {
          ...node,
          body: { device: 'network', persistent: true },
        }),
      );
      await Promise.all([bootDevice, putOnNetwork(context, operation, boot, note)]);
      await refreshHosts(context, parts);
      await stages.reach(boot.id, 'network');
    });
    await operation.step('power on', async () => {
      // Before the power, not after: the firmware may ask for its address before the BMC has answered us.
      await beginRun(context, parts, boot);
      await ok(isolation.PUT('/isolation/v1/nodes/{node}/power', { ...node, body: { action: 'on' } }));
    });
  }
  if (boot.mode === 'copy' && !(await hasAnswered(parts, boot))) {
    await operation.step('copy', (note) =>
      follow(context, parts, operation, boot, { until: 'copied', note }),
    );
    await operation.step('restart from its disk', () => restartFromDisk(context, parts, operation, boot));
  }
  await operation.step('follow', (note) =>
    follow(context, parts, operation, boot, { until: 'running', note }),
  );
  await succeed(context, boot);
}

/** After a crash: the node has reported already, for better or worse. To power-cycle it would be of no use. */
async function hasAnswered({ stages }: BootParts, boot: BootTable): Promise<boolean> {
  return boot.error !== null || (await stages.has(boot.id, 'running'));
}

/**
 * Off and on again: a BMC is sure to heed a new boot device at a power-on. The copy is flushed, so nothing is lost. Where
 * a former run has come so far, the node only must be on: it may be reporting at this moment.
 */
async function restartFromDisk(
  context: Context,
  { stages }: BootParts,
  { signal }: Operation,
  boot: BootTable,
): Promise<void> {
  const { isolation } = context.isolation;
  const node = { params: { path: { node: boot.node } }, signal };
  if (!(await stages.has(boot.id, 'restarted'))) {
    await ok(isolation.PUT('/isolation/v1/nodes/{node}/power', { ...node, body: { action: 'off' } }));
    await ok(
      isolation.PUT('/isolation/v1/nodes/{node}/boot-device', {
        ...node,
        body: { device: 'disk', persistent: true },
      }),
    );
    await stages.reach(boot.id, 'restarted');
  }
  await ok(isolation.PUT('/isolation/v1/nodes/{node}/power', { ...node, body: { action: 'on' } }));
}

/** The node is being switched on. Tokens that an interrupted run gave out are worth nothing in this one. */
async function beginRun({ db }: Context, { stages, copies }: BootParts, boot: BootTable): Promise<void> {
  copies.forget(boot.id);
  await db.transaction().execute(async (trx) => {
    await stages.rewind(trx, boot.id, 'power-on');
    await trx
      .updateTable('boots')
      .set({ config_token_hash: null, config_used: 0, report_token_hash: null })
      .where('id', '=', boot.id)
      .execute();
    await stages.note(trx, boot.id, ['power-on']);
  });
  stages.wake(boot.id);
}

async function succeed({ db, events }: Context, boot: BootTable): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const changed = await trx
      .updateTable('boots')
      .set({ state: 'running' })
      .where('id', '=', boot.id)
      .where('state', '=', 'booting')
      .executeTakeFirst();
    if (changed.numUpdatedRows === 0n) throw bootEnded(boot);
    await events.append(trx, {
      kind: 'boot.running',
      subject: `node/${boot.node}`,
      project: boot.project,
      data: { boot: boot.id },
    });
  });
}

/** How often the state of an attachment that is under way is looked at, in milliseconds. */
const ATTACHMENT_MS = 250;

/**
 * Attaches the boot NIC to the provisioning network and waits until the switch was read to carry it. Does nothing where
 * a former run of this boot has put it there; the boot before may still be on its way off.
 */
async function putOnNetwork(
  context: Context,
  { signal }: Operation,
  boot: BootTable,
  note: Note,
): Promise<void> {
  const { isolation } = context.isolation;
  const path = { node: boot.node, nic: boot.nic, network: context.network.name };
  const attach = () =>
    ok(
      isolation.PUT('/isolation/v1/nodes/{node}/nics/{nic}/networks/{network}', {
        params: { path },
        body: { mode: 'native' },
      }),
    );
  let started: Awaited<ReturnType<typeof attach>> | undefined;
  while (started === undefined) {
    try {
      started = await attach();
    } catch (error) {
      if ((await attachmentState(context, boot)) !== 'detaching') throw error;
      await note('the NIC is detaching by an earlier request');
      await sleep(ATTACHMENT_MS, undefined, { signal });
    }
  }
  await settle(isolationOperation(context.isolation), started.operation, {
    signal,
    onProgress: (progress) =>
      void note(progress.steps.at(-1)?.note ?? 'waiting for the switch').catch(() => {}),
  });
}

async function attachmentState({ isolation, network }: Context, boot: BootTable) {
  const params = { params: { path: { node: boot.node } } };
  const node = await ok(isolation.isolation.GET('/isolation/v1/nodes/{node}', params));
  const nic = node.nics.find(({ name }) => name === boot.nic);
  return nic?.networks.find((on) => on.network === network.name)?.state;
}
