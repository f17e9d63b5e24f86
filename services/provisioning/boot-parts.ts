/** What a boot puts in place outside of the database: a target, and a place in DHCP. */
import { accessOf, livingBoots } from './boots.ts';
import type { Context } from './context.ts';
import type { Copies } from './copies.ts';
import type { Dhcp } from './dhcp/dnsmasq.ts';
import type { DhcpHost } from './dhcp/hosts.ts';
import type { Exports } from './exports.ts';
import type { Admission } from './fleet/admission.ts';
import type { Capacity } from './fleet/capacity.ts';
import type { Stages } from './stages.ts';
import type { BootTable } from './store/schema.ts';

export type BootParts = {
  exports: Exports;
  dhcp: Dhcp;
  stages: Stages;
  copies: Copies;
  admission: Admission;
  capacity: Capacity;
};

/** Opens the boot's volume to its node. Does nothing where it is open already, or the node has no address yet (dhcp/learn.ts). */
export async function openExport(
  context: Context,
  { exports }: Pick<BootParts, 'exports'>,
  boot: BootTable,
): Promise<void> {
  if (boot.address === '') return;
  const volume = await context.db
    .selectFrom('volumes')
    .select('id')
    .where('name', '=', boot.volume)
    .executeTakeFirstOrThrow();
  await exports.add(accessOf(context, boot), volume.id, boot.address);
}

/** Tells DHCP which nodes live now. */
export async function refreshHosts(context: Context, { dhcp }: Pick<BootParts, 'dhcp'>): Promise<void> {
  await dhcp.refresh(() => livingHosts(context));
}

export async function livingHosts(context: Context): Promise<DhcpHost[]> {
  const living = await livingBoots(context.db);
  return living.filter((boot) => boot.state !== 'ending').map((boot) => dhcpHost(context, boot));
}

function dhcpHost({ network }: Context, boot: BootTable): DhcpHost {
  return {
    mac: boot.mac,
    address: boot.address,
    hostname: boot.hostname,
    tag: `boot-${boot.id}`,
    scriptUrl: `http://${network.address}:${network.httpPort}/boot/${boot.script_token}/script.ipxe`,
  };
}
