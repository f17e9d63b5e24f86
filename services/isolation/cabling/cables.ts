/** Cables: which port of a switch a NIC is plugged into. What the operator says of it is checked when a node is onboarded. */
import { conflict } from '@bullion/service';
import type { Change, Trx } from '../context.ts';
import { requireFreeNode, requireNic } from '../nodes.ts';
import { nicAt, type PortKey } from '../ports.ts';
import { requireFreePort, requirePort } from '../switches.ts';

/** Says where the cable of a free node's NIC goes: to a port that is closed, and stays so, since the node is free. */
export async function cable(
  { trx, tell }: Change,
  { node, nic, ...key }: { node: string; nic: string } & PortKey,
): Promise<void> {
  await requirePort(trx, key.switch, key.port);
  await requireFreeNode(trx, node, 'be cabled');
  const row = await requireNic(trx, node, nic);
  if (row.port !== null) {
    throw conflict(
      'nic_cabled',
      `NIC ${node}/${nic} is cabled to port "${row.port}" of ${row.switch} already.`,
      'Take that cable off first.',
    );
  }
  await requireFreePort(trx, `${node}/${nic}`, key);
  await plug(trx, node, nic, key);
  await tell('nic.cabled', `node/${node}`, null, { nic, ...key });
}

/** Says that no cable goes to the port any more. */
export async function uncable({ trx, tell }: Change, key: PortKey): Promise<void> {
  await requirePort(trx, key.switch, key.port);
  const row = await nicAt(trx, key);
  if (!row) {
    throw conflict(
      'port_not_cabled',
      `No NIC is cabled to port "${key.port}" of ${key.switch}.`,
      'There is nothing to do.',
    );
  }
  await requireFreeNode(trx, row.node, 'lose a cable');
  await plug(trx, row.node, row.name, { switch: null, port: null });
  await tell('nic.uncabled', `node/${row.node}`, null, { nic: row.name, ...key });
}

async function plug(
  trx: Trx,
  node: string,
  nic: string,
  to: PortKey | { switch: null; port: null },
): Promise<void> {
  await trx
    .updateTable('nics')
    .set({ switch: to.switch, port: to.port })
    .where('node', '=', node)
    .where('name', '=', nic)
    .execute();
}
