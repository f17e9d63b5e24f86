/** This machine's IPv6 address on a network. */
import { networkInterfaces } from 'node:os';

/** The first one that is more than a link's own; undefined where the interface has none. */
export function ownAddress6(name: string): string | undefined {
  const addresses = networkInterfaces()[name] ?? [];
  return addresses.find(({ family, address }) => family === 'IPv6' && !/^fe[89ab]/.test(address))?.address;
}
