/** What a server measures of itself, through its BMC. */
import { conflict, type Reading } from '@bullion/service';
import type { Context } from '../context.ts';
import type { BmcDriver } from '../drivers/bmc/driver.ts';
import { ask, bmcOf } from '../power.ts';
import type { NodeTable } from '../store/schema.ts';

/** What the BMC measures: `sensors` or `powerDraw`. Throws `bmc_capability_missing` where its driver has no such thing. */
export async function measure<What extends 'sensors' | 'powerDraw'>(
  context: Context,
  node: NodeTable,
  what: What,
  maxAgeMs: number,
) {
  const { driver } = bmcOf(context, node);
  if (!driver.capabilities[what]) {
    const lack = `The BMC of node "${node.name}" tells no ${what === 'sensors' ? 'sensors' : 'power draw'}.`;
    throw conflict('bmc_capability_missing', lack, `Nodes with another BMC driver than ${driver.type} may.`);
  }
  return (await context.readings.get(`${node.name}/${what}`, maxAgeMs, () =>
    ask(context, node, (driver, settings, options) => driver[what]!(settings, options) as Promise<unknown>),
  )) as Reading<Awaited<ReturnType<NonNullable<BmcDriver[What]>>>>;
}
