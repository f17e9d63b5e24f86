/** This machine's IPv6 address on a network. */
import { networkInterfaces } from 'node:os';
import { BullionError } from '@bullion/service';

/** The first one that is more than a link's own. Throws `boot_address6_missing` where the interface has none. */
export function ownAddress6(name: string): string {
  const addresses = networkInterfaces()[name] ?? [];
  const found = addresses.find(({ family, address }) => family === 'IPv6' && !/^fe[89ab]/.test(address));
  if (found) return found.address;
  throw new BullionError(
    'invalid',
    'boot_address6_missing',
    `IPv6 addresses cannot be given on "${name}": it has no IPv6 address of its own.`,
    { hint: `Give it one, such as fd00:10::1/64: ip address add fd00:10::1/64 dev ${name}` },
  );
}
