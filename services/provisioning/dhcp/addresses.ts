/** IPv4 arithmetic for the provisioning network. */
import { BullionError } from '@bullion/service';

const toNumber = (address: string) => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
const toText = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');

const mask = (prefix: number) => (prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0);

/** The network's own address: 10.10.0.1/24 -> 10.10.0.0. */
export function networkOf(address: string, prefix: number): string {
  return toText((toNumber(address) & mask(prefix)) >>> 0);
}

/** The lowest address of the network that nobody has; not the network's own, its broadcast, or the service's. */
export function freeAddress(own: string, prefix: number, taken: ReadonlySet<string>): string {
  const first = ((toNumber(own) & mask(prefix)) >>> 0) + 1;
  const last = ((toNumber(own) | ~mask(prefix)) >>> 0) - 1;
  for (let value = first; value <= last; value++) {
    const address = toText(value);
    if (address !== own && !taken.has(address)) return address;
  }
  throw new BullionError(
    'unavailable',
    'addresses_exhausted',
    `All addresses of ${networkOf(own, prefix)}/${prefix} are taken.`,
    {
      hint: 'End boots that are not needed, or give the provisioning network a wider prefix.',
    },
  );
}
