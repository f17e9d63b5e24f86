/** The health of a node: does its BMC answer, are its ports as they should be. */
import { type Principal, seesAll } from '@bullion/service';
import { type Context, findRow, findRows } from '../context.ts';
import { requireNode } from '../nodes.ts';
import { isVerified } from '../ports.ts';
import { readPower } from '../power.ts';
import type { NicTable } from '../store/schema.ts';
import type { HealthView } from './routes.ts';

/** Health is looked at often, by monitoring: the BMC is asked no more than once in this time. */
const AGE_MS = 60_000;

export async function healthOf(context: Context, principal: Principal, name: string): Promise<HealthView> {
  const node = await requireNode(context.db, principal, name);
  await readPower(context, node, AGE_MS).catch(() => {}); // Kept with the readings.
  const { last, error } = context.readings.last(`${name}/power`);
  const nics = await findRows(context.db, 'nics', { node: name }, 'name');
  const ports = await Promise.all(
    nics.filter(({ port }) => port !== null).map((nic) => portOf(context, principal, nic)),
  );
  const failed = error !== undefined || ports.some(({ state }) => state === 'failed');
  const pending = ports.some(({ state }) => state === 'pending');
  return {
    status: failed ? 'failed' : pending || node.maintenance !== null ? 'degraded' : 'ok',
    bmc: {
      reachable: error === undefined,
      power: (last?.value as 'on' | 'off' | undefined) ?? null,
      readAt: last?.at ?? null,
      error: error ? { code: error.code, message: error.message, at: error.at } : null,
    },
    ports,
  };
}

/** Why a port failed names its switch: that is the operator's to know. */
async function portOf({ db }: Context, principal: Principal, nic: NicTable): Promise<HealthView['ports'][0]> {
  const port = (await findRow(db, 'ports', { switch: nic.switch!, name: nic.port! }))!;
  const error =
    port.error !== null && seesAll(principal) ? (JSON.parse(port.error) as { message: string }) : null;
  const state = isVerified(port) ? 'verified' : port.error === null ? 'pending' : 'failed';
  return { nic: nic.name, state, error: error?.message ?? null };
}
