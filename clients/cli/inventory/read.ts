/** Files of any of the formats, as one inventory. */
import { readText } from '../settings.ts';
import { readCsv } from './csv.ts';
import { isHil, readHil } from './hil.ts';
import { type Inventory, merge, wrong } from './inventory.ts';
import { isNetBox, readNetBox } from './netbox.ts';

export type ReadOptions = {
  /** The role (its slug) of servers in NetBox. */
  netboxRole: string;
};

/** Throws `inventory_invalid`, saying the file and the line, where anything in them is wrong or contradicts itself. */
export function readInventory(files: readonly string[], { netboxRole }: ReadOptions): Inventory {
  const inventories: Inventory[] = [];
  const netbox: { file: string; value: unknown }[] = [];
  for (const file of files) {
    const text = readText(file).replace(/^\uFEFF/, '');
    if (!/^\s*[[{]/.test(text)) {
      inventories.push(readCsv(file, text));
      continue;
    }
    const value = jsonOf(file, text);
    if (isNetBox(value)) netbox.push({ file, value });
    else if (isHil(value)) inventories.push(readHil(file, value));
    else
      throw wrong(
        file,
        'This is neither of NetBox nor of HIL.',
        'See `bullion import --help` for the formats.',
      );
  }
  if (netbox.length > 0) inventories.push(readNetBox(netbox, netboxRole));
  const inventory = merge(inventories);
  if (inventory.length > 0) return inventory;
  const hint =
    netbox.length > 0
      ? `No device in NetBox has the role "${netboxRole}": name another with --netbox-role, and give devices and interfaces.`
      : 'See `bullion import --help` for the formats.';
  throw wrong(files.join(', '), 'There are no servers in it.', hint);
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong(file, `It begins like JSON and is none: ${(cause as Error).message}.`, 'Save it anew.');
  }
}
