/** Power and boot device of a node, through the driver of its BMC. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError } from '@bullion/service';
import type { Context } from './context.ts';
import type { BmcDriver, BootDevice, PowerAction, PowerState } from './drivers/bmc/driver.ts';
import { callBmc } from './drivers/bmc/guarded-call.ts';
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

type Call<Result> = Parameters<typeof callBmc<Result>>[1];

/** One call to the BMC of a node. */
export async function ask<Result>(
  context: Context,
  node: NodeTable,
  call: Call<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const callee = { ...bmcOf(context, node), node: node.name, log: context.log };
  return await callBmc({ ...callee, timeoutMs: context.limits.bmcCallMs }, call, signal);
}

/** Asks the BMC. Where it need not be of this moment, `readPower` spares it. */
export async function powerState(
  context: Context,
  node: NodeTable,
  signal?: AbortSignal,
): Promise<PowerState> {
  const call: Call<PowerState> = (driver, settings, options) => driver.powerState(settings, options);
  return await ask(context, node, call, signal);
}

/** The power, as it was read at most `maxAgeMs` ago and not changed by us since. */
export async function readPower(context: Context, node: NodeTable, maxAgeMs: number) {
  return await context.readings.get(`${node.name}/power`, maxAgeMs, () => powerState(context, node));
}

/** Does it, and reads back until the power is as asked. `soft` is answered at once: the system takes its time. */
export async function setPower(
  context: Context,
  node: NodeTable,
  action: PowerAction,
  signal?: AbortSignal,
): Promise<PowerState> {
  context.readings.forget(`${node.name}/power`);
  await ask(context, node, (driver, settings, options) => driver.setPower(settings, action, options), signal);
  const wanted: PowerState | undefined = action === 'soft' ? undefined : action === 'off' ? 'off' : 'on';
  const deadline = performance.now() + context.limits.powerVerifyMs;
  for (;;) {
    const state = await powerState(context, node, signal);
    if (wanted === undefined || state === wanted) {
      context.readings.forget(`${node.name}/power`); // One that was begun before may say what was.
      return state;
    }
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
