/** Whom a switch hears at its ports now: the addresses that it learned, and neighbours by LLDP. */
import type { Context } from '../context.ts';
import { requireSwitch, sessionWith } from '../switches.ts';
import type { Heard } from './routes.ts';

/** Asks the switch, by a session of its own, of all its ports, registered or not. */
export async function learned(context: Context, switchName: string): Promise<Heard[]> {
  const row = await requireSwitch(context.db, switchName);
  const registered = await context.db
    .selectFrom('ports')
    .select('name')
    .where('switch', '=', switchName)
    .execute();
  const names = new Set(registered.map(({ name }) => name));
  const session = await sessionWith(context, row);
  try {
    const [ports, addresses, neighbours] = [
      await session.listPorts(),
      await session.addresses?.(),
      await session.neighbours?.(),
    ];
    return ports.sort().map((port) => ({
      port,
      registered: names.has(port),
      addresses: addresses
        ? [...new Set(addresses.filter((one) => one.port === port).map(({ mac }) => mac))]
        : null,
      neighbours: neighbours ? (neighbours.get(port) ?? []) : null,
    }));
  } finally {
    await session.close();
  }
}
