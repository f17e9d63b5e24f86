/**
 * Which hosts an import may fetch from, and an export push to: the operator's setting. This service stands in networks
 * that its tenants do not; without a guard an address that a tenant gives would be a way into them.
 */
import { lookup as resolve } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { BullionError, invalid } from '@bullion/service';

/** What is not of the public Internet (the registries of special-purpose addresses, RFC 6890). */
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** The last four hold an IPv4 address inside, which would have to be looked at by itself. */
const SPECIAL_V6 = [
  '::/127',
  '100::/64',
  '2001:db8::/32',
  '3fff::/20',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  '::ffff:0:0/96',
  '64:ff9b::/32',
  '2001::/23',
  '2002::/16',
];

/** A list for each: in one list, a rule for mapped addresses would hold for IPv4 altogether. */
const SPECIAL = { ipv4: listOf(SPECIAL_V4), ipv6: listOf(SPECIAL_V6) };

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, prefix] = network.split('/') as [string, string?];
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

const HOST = /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

export type Resolved = { address: string; family: number };

export class FetchGuard {
  readonly #public: boolean;
  readonly #networks: BlockList;
  readonly #hosts: readonly string[];
  readonly #resolve: (host: string) => Promise<Resolved[]>;

  /**
   * `from`: `public` for every public address, networks (`10.3.0.0/16`), addresses, host names (`images.example.org`,
   * `*.example.org`), which may then resolve to whatever they like. Throws `import_from_invalid`.
   */
  constructor(
    from: readonly string[] = ['public'],
    resolveHost: (host: string) => Promise<Resolved[]> = (host) => resolve(host, { all: true }),
  ) {
    const names = from.map((entry) => entry.toLowerCase());
    const networks = names.filter((name) => isNetwork(name));
    this.#public = names.includes('public');
    this.#networks = listOf(networks);
    this.#hosts = names.filter((name) => name !== 'public' && !networks.includes(name));
    this.#resolve = resolveHost;
    const odd = this.#hosts.find((host) => !HOST.test(host));
    if (odd === undefined) return;
    throw invalid(
      'import_from_invalid',
      `"${odd}" is no place that images may be imported from.`,
      'Write public, a network such as 10.3.0.0/16, an address, or a host such as *.example.org.',
    );
  }

  /** The addresses of a host that may be spoken to. Throws `import_host_refused` where any of them may not. */
  async addresses(host: string): Promise<Resolved[]> {
    const name = host
      .toLowerCase()
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, '');
    const family = isIP(name);
    if (family !== 0) {
      this.#check(name, name);
      return [{ address: name, family }];
    }
    const found = await this.#resolve(name);
    // All of them, since whoever names a host may well give it a public address besides.
    if (!this.#isNamed(name)) for (const { address } of found) this.#check(name, address);
    return found;
  }

  #isNamed(name: string): boolean {
    return this.#hosts.some((host) => (host.startsWith('*.') ? name.endsWith(host.slice(1)) : name === host));
  }

  #check(host: string, address: string): void {
    // A zone would make the same address another text.
    const plain = address.split('%')[0]!;
    const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4';
    if (this.#networks.check(plain, family)) return;
    if (this.#public && !SPECIAL[family].check(plain, family)) return;
    const where = host === address ? `address ${address}` : `host ${host} (${address})`;
    throw new BullionError('forbidden', 'import_host_refused', `The ${where} may not be fetched from here.`, {
      hint: 'Use a public address, or ask the operator to allow it: `bullion serve --import-from HOST`.',
      details: { host },
    });
  }
}

function isNetwork(text: string): boolean {
  const [address, prefix, ...more] = text.split('/') as [string, string?, ...string[]];
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 6 ? 128 : 32));
}
