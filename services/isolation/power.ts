/** Power and boot device of a node, through the driver of its BMC. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError } from '@bullion/service';
import type { Context } from './context.ts';
import type { BmcDriver, BootDevice, PowerAction, PowerState } from './drivers/bmc/driver.ts';
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

export async function powerState(context: Context, node: NodeTable): Promise<PowerState> {
  const { driver, settings } = bmcOf(context, node);
  return await driver.powerState(settings);
}

/** How long a BMC may take to carry out what it accepted, in milliseconds. */
const POWER_VERIFY_MS = 20_000;

/** Does it, and reads back until the power is as asked. `soft` is answered at once: the system takes its time. */
export async function setPower(
  context: Context,
  node: NodeTable,
  action: PowerAction,
  signal?: AbortSignal,
): Promise<PowerState> {
  const { driver, settings } = bmcOf(context, node);
  const options = signal ? { signal } : {};
  await driver.setPower(settings, action, options);
  if (action === 'soft') return await driver.powerState(settings, options);
  const wanted: PowerState = action === 'off' ? 'off' : 'on';
  const deadline = Date.now() + POWER_VERIFY_MS;
  for (;;) {
    const state = await driver.powerState(settings, options);
    if (state === wanted) return state;
    if (Date.now() > deadline) {
      throw new BullionError(
        'timeout',
        'power_not_as_wanted',
        `The BMC of node "${node.name}" accepted "${action}", but the power is still ${state} after ${POWER_VERIFY_MS / 1000} s.`,
        {
          hint: 'Look at the node; the BMC may need a reset.',
        },
      );
    }
    await sleep(100, undefined, options);
  }
}

export async function setBootDevice(
  context: Context,
  node: NodeTable,
  boot: Pick<BootDevice, 'device' | 'persistent'>,
): Promise<void> {
  const { driver, settings } = bmcOf(context, node);
  await driver.setBootDevice(settings, { ...boot, firmware: node.firmware });
}
