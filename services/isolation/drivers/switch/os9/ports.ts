/**
 * What OS9 says of its ports, and the commands that change them. Pure; throws on what it does not understand.
 *
 * In OS9 a VLAN lists its ports. A port that may have untagged and tagged VLANs at once is in `portmode hybrid`, which
 * can be set only before it is a `switchport`; it is untagged in the default VLAN (1) whenever it is untagged in no
 * other. So there is no trunk without a native VLAN, and a closed port is one that is shut down. While its native VLAN
 * is changed a port is shut down too, or it would pass through VLAN 1.
 */
import { z } from 'zod';
import { parseVlans } from '../cli/vlan-ranges.ts';
import type { Snapshot } from '../https/session.ts';
import { CLOSED, type PortConfig, type PortState } from '../port.ts';
import { fromApi, spoken } from './names.ts';

export const DEFAULT_VLAN = 1;

const interfacesSchema = z
  .union([
    z.object({ 'dell:interfaces': z.unknown() }).transform((one) => one['dell:interfaces']),
    z.object({ interfaces: z.unknown() }).transform((one) => one.interfaces),
  ])
  .pipe(
    z.object({
      interface: z.array(
        z.object({
          name: z.string(),
          /** Asked for with defaults: that it is left out must not be read as either. */
          shutdown: z.boolean().optional(),
          /** Empty, and there or not. */
          switchport: z.unknown().optional(),
          portmode: z.object({ hybrid: z.boolean().default(false) }).optional(),
          ip: z.object({ address: z.unknown().optional() }).optional(),
        }),
      ),
    }),
  );

export type Os9Port = {
  readonly shutdown: boolean;
  readonly switching: boolean;
  readonly hybrid: boolean;
  readonly routed: boolean;
  readonly members: Membership;
};

/** `odd`: a line of the table that we do not know (dot1x, GVRP, VLT, ...). */
type Membership = {
  readonly untagged: number[];
  readonly tagged: number[];
  readonly odd: string | undefined;
};
export type Os9Snapshot = Snapshot & { readonly ports: ReadonlyMap<string, Os9Port> };

const NONE: Membership = { untagged: [], tagged: [], odd: undefined };

/** Of the interfaces below /api/running/dell, and of `show interfaces switchport`. */
export function snapshotOf(interfaces: unknown, switchports: string): Os9Snapshot {
  const members = membersOf(switchports);
  const ports = new Map<string, Os9Port>();
  for (const one of interfacesSchema.parse(interfaces).interface) {
    const name = fromApi(one.name);
    if (name === undefined) continue;
    if (one.shutdown === undefined) throw new TypeError(`${one.name} does not say whether it is shut down`);
    const switching = one.switchport !== undefined;
    ports.set(name, {
      ...{ shutdown: one.shutdown, switching, hybrid: one.portmode?.hybrid ?? false },
      routed: one.ip?.address !== undefined,
      members: members.get(name) ?? {
        ...NONE,
        odd: switching ? 'the switch does not tell its VLANs' : undefined,
      },
    });
  }
  return { ports, states: new Map([...ports].map(([name, port]) => [name, stateOf(port)])) };
}

/** Blocks like `Name: GigabitEthernet 1/3`, then lines like `U 1512` and `T 1511,1612-1614`. */
function membersOf(text: string): Map<string, Membership> {
  const found = new Map<string, Membership>();
  for (const block of text.split(/^\s*Name:/m).slice(1)) {
    const name = spoken(block.split('\n', 1)[0]!.trim());
    if (name === undefined) continue;
    const lists: Record<string, number[]> = {};
    const [, table = ''] = block.split(/^\s*Q\s+Vlans\s*$/m);
    let odd: string | undefined;
    for (const line of table.split('\n')) {
      const [, letter, vlans] = /^\s*([A-Za-z])\s+(\d[\d,\s-]*?)\s*$/.exec(line) ?? [];
      if (letter === undefined) continue;
      if (letter !== 'U' && letter !== 'T') odd = `it has VLANs marked ${letter}`;
      lists[letter] = [...(lists[letter] ?? []), ...parseVlans(vlans!)];
    }
    found.set(name, { untagged: lists.U ?? [], tagged: lists.T ?? [], odd });
  }
  return found;
}

function stateOf({ shutdown, switching, routed, members }: Os9Port): PortState {
  const foreign = (unknown: string): PortState => ({ unknown, code: 'port_config_foreign' });
  if (shutdown) return CLOSED;
  if (!switching) return foreign(routed ? 'it is routed' : 'it is up, and is not a switchport');
  const { untagged, tagged, odd } = members;
  if (odd !== undefined) return foreign(odd);
  if (untagged.length > 1) return foreign('it is untagged in several VLANs');
  if (untagged.length + tagged.length === 0) return foreign('it is a switchport, and in no VLAN');
  return { native: untagged[0] ?? null, tagged: [...tagged].sort((a, b) => a - b), isolated: false };
}

/** Commands in blocks, each from configuration mode on, that make a port what it should be. */
export function blocksOf(port: string, config: PortConfig, now: Os9Port): string[][] {
  const name = spoken(port, ' ')!;
  const on = (...lines: string[]) => [`interface ${name}`, ...lines, 'exit'];
  const vlan = (id: number, ...lines: string[]) => [`interface vlan ${id}`, ...lines, 'exit'];
  const closed = config.native === null;
  const rebuilt = !now.switching || !now.hybrid;
  const { untagged, tagged } = now.members;
  const leaves = (id: number) => closed || rebuilt || id !== config.native;
  const down =
    closed || rebuilt || now.shutdown || untagged.some(leaves) || !untagged.includes(config.native!);
  const kept = new Set(closed || rebuilt ? [] : tagged.filter((id) => config.tagged.includes(id)));
  return [
    ...(down ? [on('shutdown')] : []),
    ...tagged.filter((id) => !kept.has(id)).map((id) => vlan(id, `no tagged ${name}`)),
    ...untagged
      .filter((id) => leaves(id) && id !== DEFAULT_VLAN)
      .map((id) => vlan(id, `no untagged ${name}`)),
    ...(closed ? (now.switching ? [on('no switchport')] : []) : []),
    ...(!closed && rebuilt
      ? [on(...(now.switching ? ['no switchport'] : []), 'portmode hybrid', 'switchport')]
      : []),
    ...(closed || config.native === DEFAULT_VLAN || (!rebuilt && untagged.includes(config.native!))
      ? []
      : [vlan(config.native!, `untagged ${name}`)]),
    ...config.tagged.filter((id) => !kept.has(id)).map((id) => vlan(id, `tagged ${name}`)),
    ...(closed || !down ? [] : [on('no shutdown')]),
  ];
}
