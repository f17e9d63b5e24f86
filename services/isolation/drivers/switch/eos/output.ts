/** What EOS says of its ports: `show interfaces switchport` and `show interfaces counters`. Pure; throws on nonsense. */
import { z } from 'zod';
import type { Switchport } from '../cli/switchport.ts';
import { parseVlans } from '../cli/vlan-ranges.ts';
import type { PortCounters } from '../driver.ts';
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

export const eosPortSchema = z
  .string()
  .regex(
    /^(Ethernet\d{1,3}(\/\d{1,3}){0,2}|Port-Channel\d{1,4})$/,
    'must be like Ethernet1, written in full',
  );

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

const foreign = (why: string): Switchport => ({ mode: 'foreign', why });
