/**
 * Attachments as HIL's clients see them: there is one from when the switch was first read to carry it until it was read
 * to carry it no more. What is only begun is an action. A network's place on a port is its channel: `vlan/native`, or
 * `vlan/N` where it is tagged.
 */
import type { Database, Trx } from '../context.ts';
import type { Mode } from '../room.ts';

/**
 * What a network is called here: its short name, by which HIL's clients made it. HIL has one space of names for all, so
 * where several are listed together that share one (`labelsOf`), each goes by its full name.
 */
export const labelOf = ({ name }: { name: string }): string => name.slice(name.lastIndexOf('/') + 1);

export function labelsOf<Network extends { name: string }>(
  networks: readonly Network[],
): [string, Network][] {
  const times = Map.groupBy(networks, labelOf);
  return networks.map((network) => {
    const label = labelOf(network);
    return [times.get(label)!.length > 1 ? network.name : label, network];
  });
}

export const NATIVE = 'vlan/native';
export const channelOf = (mode: Mode, vlan: number) => (mode === 'native' ? NATIVE : `vlan/${vlan}`);

export type Seen = { node: string; nic: string; network: string; channel: string; project: string | null };

export async function attachmentsSeen(
  db: Database | Trx,
  of: { node: string } | { network: string },
): Promise<Seen[]> {
  let query = db
    .selectFrom('attachments')
    .innerJoin('nics', (join) =>
      join.onRef('nics.node', '=', 'attachments.node').onRef('nics.name', '=', 'attachments.nic'),
    )
    .innerJoin('ports', (join) =>
      join.onRef('ports.switch', '=', 'nics.switch').onRef('ports.name', '=', 'nics.port'),
    )
    .innerJoin('nodes', 'nodes.name', 'attachments.node')
    .innerJoin('networks', 'networks.name', 'attachments.network')
    .select(['attachments.node', 'attachments.nic', 'attachments.mode', 'nodes.project'])
    .select(['networks.name', 'networks.vlan'])
    .where((eb) =>
      eb.or([
        eb('attachments.state', '=', 'detaching'),
        eb('ports.verified_version', '>=', eb.ref('attachments.port_version')),
      ]),
    );
  if ('node' in of) query = query.where('attachments.node', '=', of.node);
  else query = query.where('attachments.network', '=', of.network);
  const rows = await query.orderBy('attachments.node').orderBy('attachments.nic').execute();
  return rows.map(({ node, nic, mode, vlan, project, name }) => ({
    ...{ node, nic, project },
    network: labelOf({ name }),
    channel: channelOf(mode, vlan),
  }));
}

/** What HIL calls the networks of a NIC. */
export const networksByChannel = (attachments: readonly Seen[]): Record<string, string> =>
  Object.fromEntries(attachments.map(({ channel, network }) => [channel, network]));
