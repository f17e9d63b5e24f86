/** Whom a Linux switch hears and what it learned: `bridge -j fdb show` (bridge(8)), `lldpctl -f json0` (lldpcli(8)). Pure. */
import { z } from 'zod';
import type { LearnedAddress, Neighbour } from '../driver.ts';
import { toId, toMac } from '../mac-address.ts';

export const fdbSchema = z.array(
  z.object({
    mac: z.string(),
    ifname: z.string(),
    vlan: z.number().optional(),
    /** `permanent`: the port's own; `static`: entered by hand; nothing: learned. */
    state: z.string().optional(),
    flags: z.array(z.string()).default([]),
    master: z.string().optional(),
  }),
);

/** The format in which everything is a list, however many of it there are; of nothing there is an empty object. */
export const lldpSchema = z.object({
  lldp: z.array(
    z.object({
      interface: z
        .array(
          z.object({
            name: z.string(),
            chassis: z.array(z.object({ id: ids(), name: ids().optional() })).min(1),
            port: z.array(z.object({ id: ids() })).min(1),
          }),
        )
        .default([]),
    }),
  ),
});

function ids() {
  return z.array(z.object({ value: z.string() })).min(1);
}

/** The bridge keeps its entries under its own name; a device may have others, which it filters by and did not learn. */
export function addressesOf(
  fdb: z.infer<typeof fdbSchema>,
  bridge: string,
  ports: ReadonlySet<string>,
): LearnedAddress[] {
  return fdb.flatMap(({ mac: text, ifname: port, vlan = null, state = '', flags, master }) => {
    const mac = toMac(text);
    const learned = state === '' && master === bridge && !flags.includes('self');
    return learned && mac !== undefined && ports.has(port) ? [{ port, mac, vlan }] : [];
  });
}

export function neighboursOf(
  { lldp }: z.infer<typeof lldpSchema>,
  ports: ReadonlySet<string>,
): Map<string, Neighbour[]> {
  const found = new Map<string, Neighbour[]>();
  for (const { name, chassis, port } of lldp.flatMap((one) => one.interface)) {
    if (!ports.has(name)) continue;
    const neighbour = {
      chassisId: toId(chassis[0]!.id[0]!.value),
      portId: toId(port[0]!.id[0]!.value),
      systemName: chassis[0]!.name?.[0]?.value ?? null,
    };
    found.set(name, [...(found.get(name) ?? []), neighbour]);
  }
  return found;
}
