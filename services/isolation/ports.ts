/**
 * Ports: what each should carry. A port's desired state is not stored; it follows from the attachments of the NIC
 * that is cabled to it. What is stored is a version that every change of them raises, the last version that was read
 * back from the switch as carried out, and whether that reading is in doubt.
 */
import { type Database, findRow, type Trx } from './context.ts';
import { CLOSED, type PortConfig } from './drivers/switch/port.ts';
import type { NicTable, PortTable } from './store/schema.ts';

export type PortKey = { switch: string; port: string };

/** Was the port read to carry `version` (what is wanted now, where it is left out), with nothing since against it? */
export function isVerified(
  port: Pick<PortTable, 'version' | 'verified_version' | 'doubted'>,
  version: number = port.version,
): boolean {
  return port.verified_version >= version && port.doubted === 0;
}

/** What the ports of one switch should carry. A port that no NIC is cabled to should carry nothing. */
export async function desiredPorts(
  db: Database,
  switchName: string,
  ports: readonly string[],
): Promise<Map<string, PortConfig>> {
  const desired = new Map<string, PortConfig>(ports.map((port) => [port, CLOSED]));
  if (ports.length === 0) return desired;
  const rows = await db
    .selectFrom('nics')
    .innerJoin('attachments', (join) =>
      join.onRef('attachments.node', '=', 'nics.node').onRef('attachments.nic', '=', 'nics.name'),
    )
    .innerJoin('networks', 'networks.name', 'attachments.network')
    .where('nics.switch', '=', switchName)
    .where('nics.port', 'in', ports)
    .where('attachments.state', '<>', 'detaching')
    .select(['nics.port', 'attachments.mode', 'networks.vlan', 'networks.isolated'])
    .orderBy('networks.vlan')
    .execute();
  for (const { port, mode, vlan, isolated } of rows) {
    const before = desired.get(port!)!;
    desired.set(port!, {
      native: mode === 'native' ? vlan : before.native,
      tagged: mode === 'tagged' ? [...before.tagged, vlan] : before.tagged,
      isolated: isolated === 1,
    });
  }
  return desired;
}

/** Says that what the port should carry has changed. Returns the version that will carry the change out. */
export async function touchPort(trx: Trx, { switch: switchName, port }: PortKey): Promise<number> {
  const row = await trx
    .updateTable('ports')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .where('switch', '=', switchName)
    .where('name', '=', port)
    .returning('version')
    .executeTakeFirstOrThrow();
  return row.version;
}

/** The NIC at the other end of a port's cable. */
export async function nicAt(
  db: Database,
  { switch: switchName, port }: PortKey,
): Promise<NicTable | undefined> {
  return await findRow(db, 'nics', { switch: switchName, port });
}
