/**
 * Where another DHCP server gives the addresses: which one a node has. It tells by the request for its boot script, whose
 * secret address went to its NIC alone; and this machine's neighbour table must say that the NIC is what is at that
 * address. All that follows, its disk too, is then for that address, as where it was ours to give.
 */
import { readFile } from 'node:fs/promises';
import { type BootParts, openExport } from '../boot-parts.ts';
import { accessOf, livingBoots, loadBoot } from '../boots.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../node-request.ts';
import type { BootTable } from '../store/schema.ts';
import { isInNetwork } from './addresses.ts';

/** Returns the boot as it is then. Throws a `Refusal` where something else than its NIC has the address. */
export async function learnAddress(
  context: Context,
  parts: Pick<BootParts, 'exports'>,
  boot: BootTable,
  address: string,
): Promise<BootTable> {
  const { db, log, network } = context;
  const mac = isInNetwork(address, network.address, network.prefix)
    ? neighbourAt(await readFile('/proc/net/arp', 'utf8'), network.interface, address)
    : undefined;
  if (mac !== boot.mac) {
    log.warn({ node: boot.node, address, mac, expected: boot.mac }, 'a boot script was asked for by another');
    throw new Refusal(403, 'This script belongs to another node.');
  }
  // Its server gives an address anew only when it believes that the former holder is gone.
  const former = (await livingBoots(db)).find((other) => other.address === address && other.id !== boot.id);
  await db.transaction().execute(async (trx) => {
    const set = (id: string, value: string) =>
      trx.updateTable('boots').set({ address: value }).where('id', '=', id).execute();
    if (former) await set(former.id, '');
    await set(boot.id, address);
  });
  if (former) {
    log.warn(
      { node: former.node, address, now: boot.node },
      'the address of a boot was given to another node',
    );
    await parts.exports.remove(accessOf(context, former).target);
  }
  const learned = { ...boot, address };
  // A target is open to one address: one that was open to the former address is opened anew.
  await parts.exports.remove(accessOf(context, boot).target);
  await openExport(context, parts, learned);
  // Ended in between: what was closed must not be open again.
  const { state } = await loadBoot(db, boot.id);
  if (state !== 'booting' && state !== 'running') await parts.exports.remove(accessOf(context, boot).target);
  log.info({ node: boot.node, address }, 'a node was given its address');
  return learned;
}

/** The MAC at an address, of Linux' neighbour table; undefined where none was seen. */
export function neighbourAt(table: string, device: string, address: string): string | undefined {
  for (const line of table.split('\n').slice(1)) {
    const [ip, , flags, mac, , on] = line.trim().split(/\s+/);
    // 2: complete (ATF_COM); an entry that is still being asked for has no MAC.
    if (ip === address && on === device && (Number(flags) & 2) !== 0) return mac;
  }
  return undefined;
}
