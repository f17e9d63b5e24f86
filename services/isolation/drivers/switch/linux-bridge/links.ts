/** What `ip -j` says of a bridge and of its ports (ip-link(8)): only the fields that decide something here. */
import { z } from 'zod';
import type { PortCounters } from '../driver.ts';

export const bridgeLinkSchema = z
  .array(
    z.object({
      linkinfo: z.object({
        info_kind: z.literal('bridge'),
        info_data: z.object({
          vlan_filtering: z.number(),
          vlan_protocol: z.string().default('802.1Q'),
        }),
      }),
    }),
  )
  .length(1);

const portLinkSchema = z.object({
  ifname: z.string(),
  linkinfo: z
    .object({
      info_kind: z.string().optional(),
      info_slave_kind: z.string().optional(),
      info_slave_data: z
        .object({
          isolated: z.boolean(),
          vlan_tunnel: z.boolean().default(false),
          backup_port: z.string().optional(),
        })
        .optional(),
    })
    .optional(),
  stats64: z
    .object({
      rx: z.object({ bytes: z.number(), packets: z.number() }),
      tx: z.object({ bytes: z.number(), packets: z.number() }),
    })
    .optional(),
});
export type PortLink = z.infer<typeof portLinkSchema>;

/** Older versions print an empty object for what was filtered out. */
export const portLinksSchema = z
  .array(z.union([portLinkSchema, z.strictObject({})]))
  .transform((links) => links.filter((link): link is PortLink => 'ifname' in link));

/** A tunnel is never a cable to a server. */
export const isCable = (link: PortLink) =>
  !['vxlan', 'geneve', 'gretap'].includes(link.linkinfo?.info_kind ?? '');

/** What makes a port carry more than its VLAN table says. */
export function beyondVlans(link: PortLink): string | undefined {
  const data = link.linkinfo?.info_slave_data;
  if (data === undefined) return 'the switch does not say how it is configured';
  if (data.vlan_tunnel) return 'it maps its VLANs to tunnels';
  if (data.backup_port !== undefined)
    return `its frames go to port ${data.backup_port} when its link is down`;
  return undefined;
}

export function countersOf({ stats64 }: PortLink): PortCounters {
  return {
    inBytes: stats64?.rx.bytes ?? 0,
    inFrames: stats64?.rx.packets ?? 0,
    outBytes: stats64?.tx.bytes ?? 0,
    outFrames: stats64?.tx.packets ?? 0,
  };
}
