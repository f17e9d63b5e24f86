/** What OS9's tables tell, as text, of neighbours and of addresses. Pure. */
import type { LearnedAddress, Neighbour } from '../driver.ts';
import { toId, toMac } from '../mac-address.ts';
import { spoken } from './names.ts';

/** Of `show lldp neighbors detail`: a paragraph a neighbour, that begins with its chassis and names our port. */
export function neighboursOf(text: string): Map<string, Neighbour[]> {
  const found = new Map<string, Neighbour[]>();
  for (const paragraph of text.split(/^\s*Remote Chassis ID Subtype:/m).slice(1)) {
    const line = (name: string) => new RegExp(`^\\s*${name}:[ \\t]*(\\S.*?)\\s*$`, 'm').exec(paragraph)?.[1];
    const port = spoken(line('Local Port ID') ?? '');
    if (port === undefined) continue;
    const neighbour = {
      chassisId: toId(line('Remote Chassis ID') ?? ''),
      portId: toId(line('Remote Port ID') ?? ''),
      systemName: line('Remote System Name') ?? null,
    };
    found.set(port, [...(found.get(port) ?? []), neighbour]);
  }
  return found;
}

/** Of `show mac-address-table`: lines like `1000 00:01:e8:06:95:ac Dynamic Te 1/1 Active`. */
export function addressesOf(text: string): LearnedAddress[] {
  return text.split('\n').flatMap((line) => {
    const [vlan, address, type, word, number] = line.trim().split(/\s+/);
    const [mac, port] = [toMac(address ?? ''), spoken(`${word} ${number}`)];
    if (!/^\d{1,4}$/.test(vlan ?? '') || mac === undefined || type !== 'Dynamic' || port === undefined)
      return [];
    return [{ port, mac, vlan: Number(vlan) }];
  });
}
