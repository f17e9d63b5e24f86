/** Who may see and use a target: names of initiators, addresses that they come from. A name alone is no proof. */
import { BlockList, isIP } from 'node:net';
import { IscsiError } from './errors.ts';
import { checkName, foldName } from './names.ts';

export type AccessOptions = {
  /** Names of the initiators that may log in; all when left out. */
  initiators?: readonly string[] | undefined;
  /** Addresses or networks (10.0.0.7, 10.1.0.0/24, fd00::/64) that may connect; all when left out. */
  addresses?: readonly string[] | undefined;
};

export class Access {
  readonly #initiators: ReadonlySet<string> | undefined;
  readonly #addresses: BlockList | undefined;

  /** Throws an IscsiError on what is no name or no address. */
  constructor({ initiators, addresses }: AccessOptions) {
    this.#initiators = initiators && new Set(initiators.map((name) => checkName(name, 'initiator')));
    this.#addresses = addresses && addressList(addresses);
  }

  admitsInitiator(name: string): boolean {
    return this.#initiators === undefined || this.#initiators.has(foldName(name));
  }

  admitsAddress(address: string): boolean {
    if (this.#addresses === undefined) return true;
    const family = isIP(address);
    return family !== 0 && this.#addresses.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }

  admits(initiator: string, address: string): boolean {
    return this.admitsInitiator(initiator) && this.admitsAddress(address);
  }
}

function addressList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address, prefix, rest] = entry.split('/');
    const version = isIP(address!);
    const family = version === 6 ? 'ipv6' : 'ipv4';
    const bits = prefix === undefined ? undefined : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
    if (
      version === 0 ||
      rest !== undefined ||
      (bits !== undefined && (bits < 0 || bits > (version === 6 ? 128 : 32)))
    ) {
      throw new IscsiError('address_invalid', `"${entry}" is neither an address nor a network.`, {
        hint: 'Write 10.0.0.7 or 10.0.0.0/24.',
      });
    }
    if (bits === undefined) list.addAddress(address!, family);
    else list.addSubnet(address!, bits, family);
  }
  return list;
}
