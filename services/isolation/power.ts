/** Power and boot device of a node, through the driver of its BMC. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError, within } from '@bullion/service';
import type { Context } from './context.ts';
import type { BmcDriver, BootDevice, CallOptions, PowerAction, PowerState } from './drivers/bmc/driver.ts';
import { driverOf } from './drivers/index.ts';
import { bmcSecret } from './nodes.ts';
import type { NodeTable } from './store/schema.ts';

/** The driver of a node's BMC, and its connection settings in the clear. */
export function bmcOf(context: Context, node: NodeTable): { driver: BmcDriver; settings: unknown } {
  return {
    driver: driverOf(context.bmcDrivers, 'BMC', node.bmc_driver),
    settings: context.secrets.open(node.bmc_settings, bmcSecret(node.name)),
  };
}

const POLL_MS = 100;

/** Throws where the BMC does not answer. */
export const probeBmc = (context: Context, node: NodeTable) => powerState(context, node);

/** One call to the BMC of a node. It ends in time, and its failure is told as the node's. */
async function ask<Result>(
  context: Context,
  node: NodeTable,
  call: (driver: BmcDriver, settings: unknown, options: CallOptions) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const { bmcCallMs } = context.limits;
  const { driver, settings } = bmcOf(context, node);
  const end = new AbortController();
  const options = { signal: signal ? AbortSignal.any([signal, end.signal]) : end.signal };
  try {
    const late = { who: `The BMC of node "${node.name}"`, what: 'answer', code: 'bmc_unreachable' };
    return await within(bmcCallMs, call(driver, settings, options), late);
  } catch (error) {
    end.abort();
    if (!(error instanceof BullionError) || signal?.aborted) throw error;
    context.log.warn({ node: node.name, code: error.code, error: error.message }, 'BMC failed');
    throw ofNode(error, node);
  }
}

/** Says which node it was and not where its BMC is: that is not the tenant's business. The log keeps the address. */
function ofNode(error: BullionError, node: NodeTable): BullionError {
  const { address, ...details } = error.details ?? {};
  if (typeof address !== 'string') return error;
  const message = error.message
    .replaceAll(`BMC at ${address}`, `The BMC of node "${node.name}"`)
    .replaceAll(address, 'its address');
  const { kind, code, hint } = error;
  return new BullionError(kind, code, message, {
    hint,
    details: { ...details, node: node.name },
    cause: error,
  });
}

export async function powerState(
  context: Context,
  node: NodeTable,
  signal?: AbortSignal,
): Promise<PowerState> {
  return await ask(
    context,
    node,
    (driver, settings, options) => driver.powerState(settings, options),
    signal,
  );
}

/** Does it, and reads back until the power is as asked. `soft` is answered at once: the system takes its time. */
export async function setPower(
  context: Context,
  node: NodeTable,
  action: PowerAction,
  signal?: AbortSignal,
): Promise<PowerState> {
  await ask(context, node, (driver, settings, options) => driver.setPower(settings, action, options), signal);
  const wanted: PowerState | undefined = action === 'soft' ? undefined : action === 'off' ? 'off' : 'on';
  const deadline = performance.now() + context.limits.powerVerifyMs;
  for (;;) {
    const state = await powerState(context, node, signal);
    if (wanted === undefined || state === wanted) return state;
    if (performance.now() > deadline)
      throw powerNotAsWanted(node, action, state, context.limits.powerVerifyMs);
    await sleep(POLL_MS, undefined, signal ? { signal } : {});
  }
}

const powerNotAsWanted = (node: NodeTable, action: PowerAction, state: PowerState, waitedMs: number) =>
  new BullionError(
    'timeout',
    'power_not_as_wanted',
    `The BMC of node "${node.name}" accepted "${action}", but the power is still ${state} after ${waitedMs / 1000} s.`,
    { hint: 'Look at the node; the BMC may need a reset.' },
  );

export async function setBootDevice(
  context: Context,
  node: NodeTable,
  { device, persistent }: Pick<BootDevice, 'device' | 'persistent'>,
): Promise<void> {
  const boot: BootDevice = { device, persistent, firmware: node.firmware };
  await ask(context, node, (driver, settings, options) => driver.setBootDevice(settings, boot, options));
}
