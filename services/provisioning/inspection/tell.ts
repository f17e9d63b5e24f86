/** Hands what a node is made of to the isolation service, which gave the token for it. */
import { ok } from '@bullion/sdk';
import { inspectionSecret } from '../boots.ts';
import type { Context } from '../context.ts';
import type { BootTable } from '../store/schema.ts';
import type { Facts } from './report.ts';

export async function tellInspection(context: Context, boot: BootTable, facts: Facts): Promise<void> {
  const token = context.secrets.open<string>(boot.inspection!, inspectionSecret(boot.id));
  const params = { path: { node: boot.node } };
  const body = { token, facts };
  await ok(context.isolation.isolation.POST('/isolation/v1/nodes/{node}/inspection', { params, body }));
}
