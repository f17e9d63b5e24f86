/** What EOS says of its ports, of each the answer to the command that is named. Pure; throws on nonsense. */
import { z } from 'zod';
import type { Switchport } from '../cli/switchport.ts';
import { parseVlans } from '../cli/vlan-ranges.ts';
import type { LearnedAddress, Neighbour, PortCounters } from '../driver.ts';
import { toId, toMac } from '../mac-address.ts';
import { MAX_VLAN } from '../port.ts';

const switchportSchema = z.object({
  enabled: z.boolean(),
  switchportInfo: z
    .object({
      mode: z.string(),
      accessVlanId: z.number(),
      trunkingNativeVlanId: z.number(),
      /** `ALL`, `NONE`, or ranges. */
      trunkAllowedVlans: z.string(),
      staticTrunkGroups: z.array(z.string()).default([]),
      dynamicTrunkGroups: z.array(z.string()).default([]),
      dynamicAllowedVlans: z.record(z.string(), z.unknown()).default({}),
      tpid: z.string().default('0x8100'),
    })
    .optional(),
});
const switchportsSchema = z.object({ switchports: z.record(z.string(), switchportSchema) });

const count = z.number().default(0);
const countersSchema = z.object({
  interfaces: z.record(
    z.string(),
    z.object({
      inOctets: count,
      inUcastPkts: count,
      inMulticastPkts: count,
      inBroadcastPkts: count,
      outOctets: count,
      outUcastPkts: count,
      outMulticastPkts: count,
      outBroadcastPkts: count,
    }),
  ),
});

const lldpSchema = z.object({
  lldpNeighbors: z.record(
    z.string(),
    z.object({
      lldpNeighborInfo: z.array(
        z.object({
          chassisId: z.string(),
          systemName: z.string().optional(),
          neighborInterfaceInfo: z.object({
            /** In quotation marks, on releases that have no second version of it. */
            interfaceId: z.string().optional(),
            interfaceId_v2: z.string().optional(),
          }),
        }),
      ),
    }),
  ),
});

const macTableSchema = z.object({
  unicastTable: z.object({
    tableEntries: z.array(
      z.object({ vlanId: z.number(), macAddress: z.string(), interface: z.string(), entryType: z.string() }),
    ),
  }),
});

export const eosPortSchema = z
  .string()
  .regex(
    /^(Ethernet\d{1,3}(\/\d{1,3}){0,2}|Port-Channel\d{1,4})$/,
    'must be like Ethernet1, written in full',
  );

/** `show interfaces switchport` */
export function switchportsOf(shown: unknown): Map<string, Switchport> {
  const { switchports } = switchportsSchema.parse(shown);
  return new Map(
    Object.entries(switchports)
      .filter(([name]) => eosPortSchema.safeParse(name).success)
      .map(([name, port]) => [name, switchportOf(port)]),
  );
}

function switchportOf({ enabled, switchportInfo: info }: z.infer<typeof switchportSchema>): Switchport {
  if (!enabled || info === undefined) return foreign('it is not a switchport');
  if (info.tpid !== '0x8100') return foreign(`its tags are of type ${info.tpid}`);
  if (info.mode === 'access') return { mode: 'access', vlan: info.accessVlanId };
  if (info.mode !== 'trunk') return foreign(`its mode is ${info.mode}`);
  if (info.staticTrunkGroups.length + info.dynamicTrunkGroups.length > 0) {
    return foreign('trunk groups give it more VLANs');
  }
  if (Object.keys(info.dynamicAllowedVlans).length > 0) return foreign('it carries dynamic VLANs');
  const text = info.trunkAllowedVlans;
  const allowed = text === 'NONE' ? [] : parseVlans(text === 'ALL' ? `1-${MAX_VLAN}` : text);
  return { mode: 'trunk', native: info.trunkingNativeVlanId, allowed };
}

/** `show interfaces counters` */
export function countersOf(shown: unknown): Map<string, PortCounters> {
  const { interfaces } = countersSchema.parse(shown);
  return new Map(
    Object.entries(interfaces).map(([name, one]) => [
      name,
      {
        inBytes: one.inOctets,
        inFrames: one.inUcastPkts + one.inMulticastPkts + one.inBroadcastPkts,
        outBytes: one.outOctets,
        outFrames: one.outUcastPkts + one.outMulticastPkts + one.outBroadcastPkts,
      },
    ]),
  );
}

/** `show lldp neighbors detail` */
export function neighboursOf(shown: unknown): Map<string, Neighbour[]> {
  const found = new Map<string, Neighbour[]>();
  for (const [port, { lldpNeighborInfo }] of Object.entries(lldpSchema.parse(shown).lldpNeighbors)) {
    if (lldpNeighborInfo.length === 0 || !eosPortSchema.safeParse(port).success) continue;
    const neighbours = lldpNeighborInfo.map(({ chassisId, systemName, neighborInterfaceInfo: there }) => ({
      chassisId: toId(chassisId),
      portId: toId(there.interfaceId_v2 ?? there.interfaceId?.replace(/^"(.*)"$/s, '$1') ?? ''),
      systemName: systemName || null,
    }));
    found.set(port, neighbours);
  }
  return found;
}

/** `show mac address-table`; what was entered by hand was not learned. */
export function addressesOf(shown: unknown): LearnedAddress[] {
  return macTableSchema.parse(shown).unicastTable.tableEntries.flatMap((entry) => {
    const mac = toMac(entry.macAddress);
    if (entry.entryType !== 'dynamic' || mac === undefined) return [];
    return eosPortSchema.safeParse(entry.interface).success
      ? [{ port: entry.interface, mac, vlan: entry.vlanId }]
      : [];
  });
}

const foreign = (why: string): Switchport => ({ mode: 'foreign', why });
