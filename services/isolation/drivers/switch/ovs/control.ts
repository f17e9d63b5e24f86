/**
 * What ovs-vswitchd tells through its control socket, as ovs-appctl(8) asks for it: JSON-RPC 1.0, the same as OVSDB's, over
 * a Unix socket that carries the number of the process in its name.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LearnedAddress } from '../driver.ts';
import { type ClientOptions, OvsdbClient } from './ovsdb/client.ts';

/** The text that the command prints. Throws when nobody listens there, and when the command fails. */
export async function control(
  runtime: string,
  command: string,
  args: readonly string[],
  options: ClientOptions,
): Promise<string> {
  const pid = (await readFile(join(runtime, 'ovs-vswitchd.pid'), 'utf8')).trim();
  const client = await OvsdbClient.connect({ path: join(runtime, `ovs-vswitchd.${pid}.ctl`) }, options);
  try {
    return String(await client.call(command, args));
  } finally {
    client.close();
  }
}

/** Of `fdb/show`: lines of OpenFlow port, VLAN, address and age; the age of what was entered by hand is a word. */
export function addressesOf(table: string, portOf: ReadonlyMap<number, string>): LearnedAddress[] {
  return [...table.matchAll(/^\s*(\d+)\s+(\d+)\s+((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\s+\d+\s*$/gm)].flatMap(
    ([, number, vlan, mac]) => {
      const port = portOf.get(Number(number));
      return port === undefined ? [] : [{ port, mac: mac!, vlan: Number(vlan) }];
    },
  );
}
