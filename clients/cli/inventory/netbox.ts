/**
 * NetBox: what its REST API answers for devices and interfaces, saved to a file each
 * (`GET /api/dcim/devices/?limit=0`, `GET /api/dcim/interfaces/?limit=0`; NetBox 3.3 and newer). Its own CSV export is
 * made for people to look at: cables are not in it.
 */
import { z } from 'zod';
import { type Inventory, type ListedNode, macOf, nameOf, wrong } from './inventory.ts';

const Named = z.object({ name: z.string() });
const Device = z.object({
  name: z.string().nullable(),
  role: z.object({ slug: z.string() }).optional(),
  /** Before NetBox 3.6. */
  device_role: z.object({ slug: z.string() }).optional(),
  oob_ip: z.object({ address: z.string() }).nullish(),
  asset_tag: z.string().nullish(),
  serial: z.string().nullish(),
});
const Interface = z.object({
  name: z.string(),
  device: Named,
  mgmt_only: z.boolean().default(false),
  mac_address: z.string().nullish(),
  /** Since NetBox 4.2. */
  primary_mac_address: z.object({ mac_address: z.string() }).nullish(),
  connected_endpoints: z.array(z.object({ name: z.string(), device: Named.optional() })).nullish(),
});
const Page = z.object({ count: z.number(), next: z.string().nullish(), results: z.array(z.looseObject({})) });

export const isNetBox = (value: unknown): boolean => Page.safeParse(value).success;

/**
 * The servers: devices of `role`, with their interfaces. Interfaces without a MAC address, and those of management
 * alone, are left out, as are all of other devices.
 */
export function readNetBox(files: readonly { file: string; value: unknown }[], role: string): Inventory {
  const devices: Inventory = [];
  const interfaces: Inventory = [];
  for (const { file, value } of files) {
    const results = wholeList(file, value);
    if (results.some((result) => 'mgmt_only' in result)) interfaces.push(...interfacesOf(file, results));
    else devices.push(...devicesOf(file, results, role));
  }
  const servers = new Set(devices.map(({ name }) => name));
  const nics = interfaces.filter(({ name }) => servers.has(name));
  for (const { where, nics: own } of nics) {
    for (const nic of own) {
      nameOf(where, 'interface', nic.name);
      if (nic.cable) nameOf(where, 'switch', nic.cable.switch);
    }
  }
  return [...devices, ...nics];
}

function wholeList(file: string, value: unknown): Record<string, unknown>[] {
  const { count, next, results } = Page.parse(value);
  if (!next) return results;
  throw wrong(
    file,
    `This is one page: ${results.length} of ${count}.`,
    'Ask NetBox for all at once: add ?limit=0 to the address, or as many as there are.',
  );
}

/** Not one by one: a message about the 4,000th entry must say which it is. */
function parsed<Schema extends z.ZodType>(file: string, schema: Schema, results: unknown[]) {
  return results.map((result, index) => {
    const where = `${file} entry ${index + 1}`;
    const checked = schema.safeParse(result);
    if (checked.success) return { where, entry: checked.data };
    const { path, message } = checked.error.issues[0]!;
    throw wrong(where, `${path.join('.')}: ${message}.`, 'Save what NetBox answers as it is.');
  });
}

function devicesOf(file: string, results: unknown[], role: string): Inventory {
  return parsed(file, Device, results)
    .filter(({ entry }) => (entry.role ?? entry.device_role)?.slug === role)
    .map(({ where, entry }): ListedNode => {
      const address = entry.oob_ip?.address.split('/')[0];
      const metadata = { asset_tag: entry.asset_tag, serial: entry.serial };
      return {
        where,
        name: nameOf(where, 'device', entry.name ?? ''),
        ...(address && { bmc: { settings: { address } } }),
        nics: [],
        metadata: Object.fromEntries(Object.entries(metadata).filter(([, text]) => text)),
      };
    });
}

function interfacesOf(file: string, results: unknown[]): Inventory {
  const nodes = new Map<string, ListedNode>();
  for (const { where, entry } of parsed(file, Interface, results)) {
    const mac = entry.primary_mac_address?.mac_address ?? entry.mac_address;
    if (entry.mgmt_only || !mac) continue;
    const [end, ...more] = entry.connected_endpoints ?? [];
    if (more.length > 0) {
      throw wrong(
        where,
        `${entry.device.name}/${entry.name} is cabled to several ports.`,
        'Correct it in NetBox.',
      );
    }
    const { name } = entry.device;
    const node = nodes.get(name) ?? { where, name, nics: [], metadata: {} };
    nodes.set(name, node);
    node.nics.push({
      name: entry.name,
      mac: macOf(where, mac),
      ...(end?.device && { cable: { switch: end.device.name, port: end.name } }),
    });
  }
  return [...nodes.values()];
}
