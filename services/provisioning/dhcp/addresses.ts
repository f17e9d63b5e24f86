/** IPv4 arithmetic for the provisioning network. */
import { BullionError } from '@bullion/service';

const toNumber = (address: string) => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
const toText = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');

const mask = (prefix: number) => (prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0);

/** The network's own address: 10.10.0.1/24 -> 10.10.0.0. */
export function networkOf(address: string, prefix: number): string {
  return toText((toNumber(address) & mask(prefix)) >>> 0);
}

/** The address without its network's part: 10.10.0.7/24 -> 7. */
export function hostNumber(address: string, prefix: number): number {
  return (toNumber(address) & ~mask(prefix)) >>> 0;
}

/** Whether the address is of the network that `own` is in. */
export const isInNetwork = (address: string, own: string, prefix: number): boolean =>
  networkOf(address, prefix) === networkOf(own, prefix);

export type AddressUse = {
  /** Whoever has these has them now. */
  taken: ReadonlySet<string>;
  /** What the asker had last. */
  own?: string | undefined;
  /** What others had, latest first. Their leases may not be over: they are given out again last, oldest first. */
  recent?: readonly string[];
};

/** An address of the network that nobody has; not the network's own, its broadcast, or the service's. */
export function freeAddress(service: string, prefix: number, use: AddressUse): string {
  const first = ((toNumber(service) & mask(prefix)) >>> 0) + 1;
  const last = ((toNumber(service) | ~mask(prefix)) >>> 0) - 1;
  const isFree = (address: string) =>
    address !== service && !use.taken.has(address) && toNumber(address) >= first && toNumber(address) <= last;
  if (use.own !== undefined && isFree(use.own)) return use.own;
  const recent = new Set(use.recent);
  for (let value = first; value <= last; value++) {
    const address = toText(value);
    if (isFree(address) && !recent.has(address)) return address;
  }
  const oldest = [...recent].reverse().find(isFree);
  if (oldest !== undefined) return oldest;
  throw new BullionError(
    'unavailable',
    'addresses_exhausted',
    `All addresses of ${networkOf(service, prefix)}/${prefix} are taken.`,
    {
      hint: 'End boots that are not needed, or give the provisioning network a wider prefix.',
    },
  );
}
