/** DHCP messages (RFC 2131 section 2, options of RFC 2132): the question that everybody answers, and the answers. */
import { toAddress, toMac } from './text.ts';

const COOKIE = 0x63825363;
const OPTIONS_AT = 240;
/** Some servers drop what is shorter than BOOTP's messages (RFC 1542 section 2.1). */
const LEAST = 300;
const DISCOVER = 1;
const OFFER = 2;

const OPTION = {
  pad: 0,
  messageType: 53,
  serverId: 54,
  parameters: 55,
  vendorClass: 60,
  bootFile: 67,
  end: 255,
};

export type Discover = {
  id: number;
  mac: Uint8Array;
  /** What else the client says of itself: whole options. */
  says?: readonly (readonly number[])[];
};

/** To be answered by a broadcast: nobody has the address that is offered. */
export function encodeDiscover({ id, mac, says = [] }: Discover): Buffer {
  const head = Buffer.alloc(OPTIONS_AT);
  head.set([1, 1, 6, 0]); // BOOTREQUEST, Ethernet, six bytes of hardware address, no hops
  head.writeUInt32BE(id, 4);
  head.writeUInt16BE(0x8000, 10);
  head.set(mac, 28);
  head.writeUInt32BE(COOKIE, 236);
  const options = [
    [OPTION.messageType, 1, DISCOVER],
    [OPTION.parameters, 5, 1, 3, 6, 66, 67],
    ...says,
    [OPTION.end],
  ];
  const bytes = Buffer.concat([head, Buffer.from(options.flat())]);
  return Buffer.concat([bytes, Buffer.alloc(Math.max(0, LEAST - bytes.length))]);
}

/** What a firmware's network boot says (RFC 4578): vendor class, architecture, UNDI 2.1, and an identifier of zeros. */
export const pxeClient = (architecture: number): number[][] => [
  [
    ...[OPTION.vendorClass, 32],
    ...Buffer.from(`PXEClient:Arch:${String(architecture).padStart(5, '0')}:UNDI:002001`),
  ],
  [93, 2, architecture >> 8, architecture & 255],
  [94, 3, 1, 2, 1],
  [97, 17, ...Buffer.alloc(17)],
];

export type Offer = {
  id: number;
  mac: string;
  /** Of the server, as it says itself. */
  serverId: string | undefined;
  /** Undefined where it offers something to boot and no address (proxy DHCP). */
  offered: string | undefined;
  /** The file or the URL that it would have the client boot. */
  bootFile: string | undefined;
  /** It speaks as a network boot server (option 60). */
  pxe: boolean;
};

/** Throws a `RangeError` where it is no offer, or is cut short. */
export function decodeOffer(bytes: Buffer): Offer {
  if (bytes.length < OPTIONS_AT || bytes[0] !== 2 || bytes.readUInt32BE(236) !== COOKIE)
    throw new RangeError('no answer of a DHCP server');
  const options = optionsOf(bytes.subarray(OPTIONS_AT));
  if (options.get(OPTION.messageType)?.[0] !== OFFER) throw new RangeError('an answer, but no offer');
  const serverId = options.get(OPTION.serverId);
  const offered = toAddress(bytes.subarray(16, 20));
  const file = options.get(OPTION.bootFile) ?? bytes.subarray(108, 236);
  return {
    id: bytes.readUInt32BE(4),
    mac: toMac(bytes.subarray(28, 34)),
    serverId: serverId?.length === 4 ? toAddress(serverId) : undefined,
    offered: offered === '0.0.0.0' ? undefined : offered,
    bootFile: textOf(file) || undefined,
    pxe: options.get(OPTION.vendorClass)?.toString('latin1').startsWith('PXEClient') ?? false,
  };
}

function optionsOf(bytes: Buffer): Map<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const code = bytes[at]!;
    if (code === OPTION.end) break;
    if (code === OPTION.pad) {
      at++;
      continue;
    }
    const length = bytes[at + 1];
    if (length === undefined || at + 2 + length > bytes.length)
      throw new RangeError(`option ${code} is cut short`);
    options.set(code, bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return options;
}

/** Up to its zero byte, and only what can be printed: a stranger wrote it. */
const textOf = (bytes: Buffer) =>
  bytes
    .toString('latin1')
    .split('\0')[0]!
    .replaceAll(/[^\x20-\x7e]/g, '?');
