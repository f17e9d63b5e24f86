/**
 * How a PortConfig is written in the VLAN table of a Linux bridge's port, and read from it (bridge(8), `bridge vlan`).
 * Pure. A port's table holds the VLANs that it carries, each with two flags: PVID, at most one, is where untagged
 * frames go in; "Egress Untagged" are those whose frames go out without a tag. An empty table carries nothing: here, at
 * last, "nothing configured" is the closed state, as long as the bridge filters at all.
 */
import { z } from 'zod';
import { formatVlans } from '../cli/vlan-ranges.ts';
import { isClosed, MAX_VLAN, type PortConfig, type PortState, type UnknownState } from '../port.ts';

export type VlanFlags = { readonly pvid: boolean; readonly untagged: boolean };
/** By VLAN id. */
export type VlanTable = ReadonlyMap<number, VlanFlags>;

export type BridgePort = {
  readonly vlans: VlanTable;
  readonly isolated: boolean;
  /** Why the VLAN table does not say it all; undefined when it does. */
  readonly beyond: string | undefined;
};

const TAGGED: VlanFlags = { pvid: false, untagged: false };
const NATIVE: VlanFlags = { pvid: true, untagged: true };

/** `bridge -j vlan show`: one entry a device; neighbours with equal flags are joined when `-c` is the default. */
export const vlanShowSchema = z.array(
  z.object({
    ifname: z.string(),
    vlans: z
      .array(
        z.object({
          vlan: z.number().int().min(1).max(MAX_VLAN),
          vlanEnd: z.number().int().min(1).max(MAX_VLAN).optional(),
          flags: z.array(z.string()).default([]),
        }),
      )
      .default([]),
  }),
);

/** The tables by device. */
export function vlanTables(shown: z.infer<typeof vlanShowSchema>): Map<string, VlanTable> {
  const tables = new Map<string, Map<number, VlanFlags>>();
  for (const { ifname, vlans } of shown) {
    const table = tables.get(ifname) ?? new Map<number, VlanFlags>();
    tables.set(ifname, table);
    for (const { vlan, vlanEnd = vlan, flags } of vlans) {
      const entry = { pvid: flags.includes('PVID'), untagged: flags.includes('Egress Untagged') };
      for (let id = vlan; id <= vlanEnd; id++) table.set(id, entry);
    }
  }
  return tables;
}

export function toVlans(config: PortConfig): VlanTable {
  const table = new Map(config.tagged.map((vlan) => [vlan, TAGGED]));
  if (config.native !== null) table.set(config.native, NATIVE);
  return table;
}

export function fromPort({ vlans, isolated, beyond }: BridgePort): PortState {
  if (beyond !== undefined) return foreign(beyond);
  if (vlans.size === MAX_VLAN) return { unknown: 'it carries every VLAN', code: 'port_carries_all_vlans' };
  let native: number | null = null;
  const tagged: number[] = [];
  for (const [vlan, { pvid, untagged }] of vlans) {
    if (!pvid && !untagged) tagged.push(vlan);
    else if (!untagged) return foreign(`untagged frames go into VLAN ${vlan}, and leave it tagged`);
    else if (!pvid) return foreign(`VLAN ${vlan} leaves it untagged, and is not its native one`);
    else native = vlan;
  }
  return { native, tagged: tagged.sort((a, b) => a - b), isolated };
}

/**
 * The lines of `bridge -batch` that make ports what they should be, and leave alone what stays as it is, so that what
 * runs over a VLAN that is kept is not interrupted. First everything is taken away, then isolation is put on, then
 * VLANs are given, then isolation is taken off: wherever a batch ends early, no port carries more than it should
 * before or after.
 */
export function changeLines(
  changes: Iterable<{ readonly port: string; readonly now: BridgePort; readonly wanted: PortConfig }>,
): string[] {
  const take: string[] = [];
  const shut: string[] = [];
  const give: string[] = [];
  const open: string[] = [];
  for (const { port, now, wanted } of changes) {
    const table = toVlans(wanted);
    const isolated = wanted.isolated || isClosed(wanted);
    take.push(
      ...ranges(
        'del',
        port,
        '',
        [...now.vlans.keys()].filter((vlan) => !table.has(vlan)),
      ),
    );
    if (isolated && !now.isolated) shut.push(isolation(port, true));
    give.push(...giveLines(port, table, now.vlans));
    if (!isolated && now.isolated) open.push(isolation(port, false));
  }
  return [...take, ...shut, ...give, ...open];
}

/** The lines that make a port of which nothing is known what it is now. */
export function restoreLines(port: string, { vlans, isolated }: BridgePort): string[] {
  const all = `vlan del dev ${port} vid 1-${MAX_VLAN}`;
  return [all, isolation(port, isolated), ...giveLines(port, vlans, new Map())];
}

function giveLines(port: string, table: VlanTable, have: VlanTable): string[] {
  const missing = (flags: VlanFlags) =>
    [...table].filter(([vlan, one]) => same(one, flags) && !same(one, have.get(vlan))).map(([vlan]) => vlan);
  return [
    ...ranges('add', port, '', missing(TAGGED)),
    ...ranges('add', port, ' untagged', missing({ pvid: false, untagged: true })),
    // The kernel takes no range as PVID.
    ...missing({ pvid: true, untagged: false }).map((vlan) => `vlan add dev ${port} vid ${vlan} pvid`),
    ...missing(NATIVE).map((vlan) => `vlan add dev ${port} vid ${vlan} pvid untagged`),
  ];
}

function ranges(verb: 'add' | 'del', port: string, flags: string, vlans: number[]): string[] {
  const text = formatVlans(vlans);
  return text === '' ? [] : text.split(',').map((range) => `vlan ${verb} dev ${port} vid ${range}${flags}`);
}

const isolation = (port: string, on: boolean) => `link set dev ${port} isolated ${on ? 'on' : 'off'}`;
const same = (one: VlanFlags, other: VlanFlags | undefined) =>
  one.pvid === other?.pvid && one.untagged === other.untagged;
const foreign = (why: string): UnknownState => ({ unknown: why, code: 'port_config_foreign' });
