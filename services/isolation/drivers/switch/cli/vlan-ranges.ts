/** Lists of VLANs as command lines write them: `1-10,20`. Pure. */
import { MAX_VLAN, MIN_VLAN } from '../port.ts';

/** Ascending, each once, ranges of two or more joined by a hyphen. The empty list is the empty string. */
export function formatVlans(vlans: Iterable<number>): string {
  const runs: [first: number, last: number][] = [];
  for (const vlan of [...new Set(vlans)].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === vlan - 1) run[1] = vlan;
    else runs.push([vlan, vlan]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** Ascending, each once. Throws TypeError on anything that is not a list of VLAN ids from 1 to 4094. */
export function parseVlans(text: string): number[] {
  const vlans = new Set<number>();
  if (text.trim() === '') return [];
  for (const part of text.split(',')) {
    const match = /^\s*(\d{1,4})(?:\s*-\s*(\d{1,4}))?\s*$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (match === null || first < MIN_VLAN || last > MAX_VLAN || first > last) {
      throw new TypeError(`"${text.slice(0, 80)}" is no list of VLANs`);
    }
    for (let vlan = first; vlan <= last; vlan++) vlans.add(vlan);
  }
  return [...vlans].sort((a, b) => a - b);
}
