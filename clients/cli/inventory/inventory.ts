/** What a file says of the servers of a data centre, whatever its format. Several files fill each other's gaps. */
import { MacSchema, NameSchema } from '@bullion/service';
import { BullionError } from '@bullion/service/errors';

/** The switch and port at the other end of a NIC's cable. */
export type Cable = { switch: string; port: string };
export type ListedNic = { name: string; mac: string; cable?: Cable };
export type ListedNode = {
  /** Where it was read, for messages: `servers.csv line 3`. */
  where: string;
  name: string;
  firmware?: 'bios' | 'uefi';
  bmc?: { driver?: string; settings: Record<string, unknown> };
  nics: ListedNic[];
  metadata: Record<string, unknown>;
};
export type Inventory = ListedNode[];

/** Something in a file that keeps all of it from being used. */
export const wrong = (where: string, message: string, hint: string) =>
  new BullionError('invalid', 'inventory_invalid', `${where}: ${message}`, { hint });

export function nameOf(where: string, what: string, text: string): string {
  const checked = NameSchema.safeParse(text);
  if (checked.success) return checked.data;
  throw wrong(
    where,
    `${what} "${text}" cannot be a name here.`,
    'Names have 1 to 63 letters, digits, ".", "_" or "-", and begin and end with a letter or a digit.',
  );
}

export function macOf(where: string, text: string): string {
  const checked = MacSchema.safeParse(text);
  if (checked.success) return checked.data;
  throw wrong(where, `"${text}" is not a MAC address.`, 'Write it like 52:54:00:12:34:56.');
}

/** One inventory out of several. Throws where two of them contradict each other. */
export function merge(inventories: readonly Inventory[]): Inventory {
  const nodes = new Map<string, ListedNode>();
  for (const node of inventories.flat()) {
    const before = nodes.get(node.name);
    nodes.set(node.name, before ? join(before, node) : node);
  }
  const merged = [...nodes.values()];
  refuseTwice(
    merged,
    ({ mac }) => mac,
    (mac) => `the MAC address ${mac}`,
  );
  refuseTwice(
    merged,
    ({ cable }) => cable && `${cable.switch}/${cable.port}`,
    (port) => `the port ${port}`,
  );
  return merged;
}

function join(one: ListedNode, other: ListedNode): ListedNode {
  const both = `${one.where} and ${other.where}`;
  const agreed = <Value>(what: string, a: Value | undefined, b: Value | undefined): Value | undefined => {
    if (a === undefined || b === undefined || a === b) return a ?? b;
    throw wrong(both, `node "${one.name}" has ${what} "${a}" here and "${b}" there.`, 'Correct one of them.');
  };
  const united = (what: string, a: Record<string, unknown>, b: Record<string, unknown>) => {
    for (const [key, value] of Object.entries(b)) agreed(`${what}.${key}`, a[key], value);
    return { ...a, ...b };
  };
  const firmware = agreed('firmware', one.firmware, other.firmware);
  const driver = agreed('bmc', one.bmc?.driver, other.bmc?.driver);
  const nics = new Map(one.nics.map((nic) => [nic.name, nic]));
  for (const nic of other.nics) {
    const before = nics.get(nic.name);
    agreed(`${nic.name}.mac`, before?.mac, nic.mac);
    agreed(`${nic.name}.switch`, before?.cable?.switch, nic.cable?.switch);
    agreed(`${nic.name}.port`, before?.cable?.port, nic.cable?.port);
    nics.set(nic.name, { ...before, ...nic });
  }
  return {
    where: one.where,
    name: one.name,
    ...(firmware && { firmware }),
    ...((one.bmc || other.bmc) && {
      bmc: {
        ...(driver && { driver }),
        settings: united('bmc', one.bmc?.settings ?? {}, other.bmc?.settings ?? {}),
      },
    }),
    nics: [...nics.values()],
    metadata: united('meta', one.metadata, other.metadata),
  };
}

/** Throws where two NICs have the same `key`: one of the two is a typing error. */
function refuseTwice(
  nodes: Inventory,
  key: (nic: ListedNic) => string | undefined,
  tell: (key: string) => string,
): void {
  const seen = new Map<string, { node: ListedNode; nic: ListedNic }>();
  for (const node of nodes) {
    for (const nic of node.nics) {
      const value = key(nic);
      if (value === undefined) continue;
      const before = seen.get(value);
      if (before) {
        throw wrong(
          `${before.node.where} and ${node.where}`,
          `${tell(value)} is said of ${before.node.name}/${before.nic.name} and of ${node.name}/${nic.name}.`,
          'Each is at one NIC only: correct one of them.',
        );
      }
      seen.set(value, { node, nic });
    }
  }
}
