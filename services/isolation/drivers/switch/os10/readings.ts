/** What OS10 tells of its ports beside their configuration. Pure; throws on what it does not understand. */
import { z } from 'zod';
import type { LearnedAddress, Neighbour, PortCounters } from '../driver.ts';
import { toId, toMac } from '../mac-address.ts';
import { os10PortSchema } from './interfaces.ts';

/** 64-bit numbers are strings in JSON (RFC 7951, section 6.1). */
const count = z.coerce.number().default(0);

const stateSchema = z.object({
  'ietf-interfaces:interfaces-state': z.object({
    interface: z.array(
      z.object({
        name: z.string(),
        statistics: z
          .object({
            'in-octets': count,
            'in-unicast-pkts': count,
            'in-multicast-pkts': count,
            'in-broadcast-pkts': count,
            'out-octets': count,
            'out-unicast-pkts': count,
            'out-multicast-pkts': count,
            'out-broadcast-pkts': count,
          })
          .optional(),
        'dell-lldp:lldp-rem-neighbor-info': z
          .object({
            info: z
              .array(
                z.object({
                  'rem-lldp-chassis-id': z.string(),
                  'rem-lldp-chassis-id-subtype': z.string(),
                  'rem-lldp-port-id': z.string(),
                  'rem-lldp-port-subtype': z.string(),
                  'rem-system-name': z.string().optional(),
                }),
              )
              .default([]),
          })
          .optional(),
      }),
    ),
  }),
});

const macTableSchema = z.object({
  'dell-l2-mac:oper-params': z.object({
    'fwd-table': z
      .array(
        z.object({
          'if-name': z.string(),
          'mac-addr': z.string(),
          vlan: z.union([z.string(), z.number()]).transform(String),
          'entry-type': z.string(),
        }),
      )
      .default([]),
  }),
});

const portsIn = (shown: unknown) =>
  stateSchema
    .parse(shown)
    ['ietf-interfaces:interfaces-state'].interface.filter(
      ({ name }) => os10PortSchema.safeParse(name).success,
    );

/** Of `interfaces-state`. */
export function countersOf(shown: unknown): Map<string, PortCounters> {
  const found = new Map<string, PortCounters>();
  for (const { name, statistics: one } of portsIn(shown)) {
    if (one === undefined) continue;
    found.set(name, {
      inBytes: one['in-octets'],
      inFrames: one['in-unicast-pkts'] + one['in-multicast-pkts'] + one['in-broadcast-pkts'],
      outBytes: one['out-octets'],
      outFrames: one['out-unicast-pkts'] + one['out-multicast-pkts'] + one['out-broadcast-pkts'],
    });
  }
  return found;
}

/** Of `interfaces-state`. */
export function neighboursOf(shown: unknown): Map<string, Neighbour[]> {
  const found = new Map<string, Neighbour[]>();
  for (const { name, 'dell-lldp:lldp-rem-neighbor-info': heard } of portsIn(shown)) {
    const neighbours = (heard?.info ?? []).map((one) => ({
      chassisId: idOf(one['rem-lldp-chassis-id'], one['rem-lldp-chassis-id-subtype']),
      portId: idOf(one['rem-lldp-port-id'], one['rem-lldp-port-subtype']),
      systemName: one['rem-system-name'] || null,
    }));
    if (neighbours.length > 0) found.set(name, neighbours);
  }
  return found;
}

/** Of `dell-l2-mac:oper-params`. */
export function addressesOf(shown: unknown): LearnedAddress[] {
  return macTableSchema.parse(shown)['dell-l2-mac:oper-params']['fwd-table'].flatMap((entry) => {
    const [port, mac] = [entry['if-name'], toMac(entry['mac-addr'])];
    if (mac === undefined || !/dynamic/i.test(entry['entry-type'])) return [];
    const vlan = /^(?:vlan)?(\d{1,4})$/.exec(entry.vlan)?.[1];
    return os10PortSchema.safeParse(port).success
      ? [{ port, mac, vlan: vlan === undefined ? null : Number(vlan) }]
      : [];
  });
}

/** A YANG binary: base64 of the six bytes of an address, or of a text. */
function idOf(base64: string, subtype: string): string {
  const bytes = Buffer.from(base64, 'base64');
  if (subtype !== 'mac-address' || bytes.length !== 6) return toId(bytes.toString());
  return bytes.toString('hex').replace(/..(?=.)/g, '$&:');
}
