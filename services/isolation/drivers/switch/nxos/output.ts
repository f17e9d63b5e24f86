/**
 * What NX-OS says of its ports. Pure; throws on what it does not understand.
 *
 * `show interface switchport` has the VLANs, but of the mode only the operational one, which is "down" when the link
 * is: so the mode is read from the running configuration, where "access" is the default and is not shown. Every other
 * `switchport` line there (private-vlan, voice, monitor, dot1q-tunnel, ...) makes a port carry more than we can say.
 */
import { z } from 'zod';
import type { Switchport } from '../cli/switchport.ts';
import { parseVlans } from '../cli/vlan-ranges.ts';
import type { LearnedAddress, Neighbour, PortCounters } from '../driver.ts';
import { toId, toMac } from '../mac-address.ts';
import { MAX_VLAN } from '../port.ts';

/** NX-OS gives a table of one row as that row. Numbers are strings in some releases. */
const rows = <T extends z.ZodType>(row: T) => z.union([z.array(row), row.transform((one) => [one])]);
const number = z.coerce.number().int().min(0);

const switchportsSchema = z.object({
  TABLE_interface: z.object({
    ROW_interface: rows(
      z.object({
        interface: z.string(),
        switchport: z.string(),
        access_vlan: number.optional(),
        native_vlan: number.optional(),
        trunk_vlans: z.string().optional(),
      }),
    ),
  }),
});

const countersSchema = z.object({
  TABLE_interface: z.object({
    ROW_interface: rows(
      z.object({
        interface: z.string(),
        eth_inbytes: number.optional(),
        eth_inpkts: number.optional(),
        eth_outbytes: number.optional(),
        eth_outpkts: number.optional(),
      }),
    ),
  }),
});

/** An empty table is left out as a whole, and sometimes so is the body. */
const lldpSchema = z
  .object({
    TABLE_nbor_detail: z
      .object({
        ROW_nbor_detail: rows(
          z.object({
            l_port_id: z.string(),
            chassis_id: z.string(),
            port_id: z.string(),
            sys_name: z.string().optional(),
          }),
        ),
      })
      .optional(),
  })
  .nullish();

const macTableSchema = z
  .object({
    TABLE_mac_address: z
      .object({
        ROW_mac_address: rows(
          z.object({ disp_mac_addr: z.string(), disp_vlan: z.string(), disp_port: z.string() }),
        ),
      })
      .optional(),
  })
  .nullish();

export const nxosPortSchema = z
  .string()
  .regex(
    /^(Ethernet\d{1,3}(\/\d{1,3}){1,2}|port-channel\d{1,4})$/,
    'must be like Ethernet1/1, written in full',
  );

/** By name, of `show interface switchport` and `show running-config interface`. */
export function switchportsOf(shown: unknown, runningConfig: string): Map<string, Switchport> {
  const lines = switchportLinesByPort(runningConfig);
  const found = new Map<string, Switchport>();
  for (const row of switchportsSchema.parse(shown).TABLE_interface.ROW_interface) {
    if (!nxosPortSchema.safeParse(row.interface).success) continue;
    found.set(row.interface, switchportOf(row, lines.get(row.interface) ?? []));
  }
  return found;
}

/** In full: `trunk native vlan tag` is another thing than `trunk native vlan 10`. */
const KNOWN = /^(mode \S+|(access|trunk native) vlan \d+|trunk allowed vlan (add )?(none|[\d,-]+))$/;

type Row = z.infer<typeof switchportsSchema>['TABLE_interface']['ROW_interface'][number];

function switchportOf(row: Row, lines: readonly string[]): Switchport {
  if (row.switchport !== 'Enabled') return { mode: 'foreign', why: 'it is not a switchport' };
  const other = lines.find((line) => !KNOWN.test(line));
  if (other !== undefined) return { mode: 'foreign', why: `it has "switchport ${other}"` };
  const mode = lines.find((line) => line.startsWith('mode '))?.slice('mode '.length) ?? 'access';
  if (mode === 'access' && row.access_vlan !== undefined) return { mode, vlan: row.access_vlan };
  if (mode === 'trunk' && row.native_vlan !== undefined && row.trunk_vlans !== undefined) {
    const text = row.trunk_vlans.trim();
    return { mode, native: row.native_vlan, allowed: text === 'none' ? [] : parseAllowed(text) };
  }
  return { mode: 'foreign', why: `its mode is ${mode}` };
}

/** "all" is not documented here, but costs nothing to know. */
const parseAllowed = (text: string) => parseVlans(text === 'all' ? `1-${MAX_VLAN}` : text);

/** What follows `switchport ` in the sections of the interfaces. A bare `switchport` says what the row says. */
function switchportLinesByPort(runningConfig: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let section: string[] | undefined;
  for (const line of runningConfig.split('\n')) {
    const port = /^interface (\S+)\s*$/.exec(line)?.[1];
    if (port !== undefined) found.set(port, (section = []));
    else if (/^\S/.test(line)) section = undefined;
    const switchport = /^\s+switchport (\S.*?)\s*$/.exec(line)?.[1];
    if (switchport !== undefined) section?.push(switchport);
  }
  return found;
}

/** By name, of `show interface`. */
export function countersOf(shown: unknown): Map<string, PortCounters> {
  const found = new Map<string, PortCounters>();
  for (const row of countersSchema.parse(shown).TABLE_interface.ROW_interface) {
    if (row.eth_inbytes === undefined) continue;
    found.set(row.interface, {
      inBytes: row.eth_inbytes,
      inFrames: row.eth_inpkts ?? 0,
      outBytes: row.eth_outbytes ?? 0,
      outFrames: row.eth_outpkts ?? 0,
    });
  }
  return found;
}

/** By name, of `show lldp neighbors detail`. */
export function neighboursOf(shown: unknown): Map<string, Neighbour[]> {
  const found = new Map<string, Neighbour[]>();
  for (const row of lldpSchema.parse(shown)?.TABLE_nbor_detail?.ROW_nbor_detail ?? []) {
    const port = inFull(row.l_port_id);
    if (port === undefined) continue;
    const { sys_name: name = '' } = row;
    found.set(port, [
      ...(found.get(port) ?? []),
      {
        chassisId: toId(row.chassis_id),
        portId: toId(row.port_id),
        systemName: name === '' || name === 'not advertised' ? null : name,
      },
    ]);
  }
  return found;
}

/** Of `show mac address-table`. The switch's own addresses are there too, on ports that are none. */
export function addressesOf(shown: unknown): LearnedAddress[] {
  return (macTableSchema.parse(shown)?.TABLE_mac_address?.ROW_mac_address ?? []).flatMap((row) => {
    const [port, mac] = [inFull(row.disp_port), toMac(row.disp_mac_addr)];
    if (port === undefined || mac === undefined) return [];
    return [{ port, mac, vlan: /^\d+$/.test(row.disp_vlan) ? Number(row.disp_vlan) : null }];
  });
}

/** Tables shorten the names of ports, some of them in some releases. Undefined: it is no port of ours. */
function inFull(name: string): string | undefined {
  const full = name.replace(/^Eth(?=\d)/, 'Ethernet').replace(/^Po(?=\d)/, 'port-channel');
  return nxosPortSchema.safeParse(full).success ? full : undefined;
}
