/** DHCPv6 messages (RFC 8415 sections 8 and 21): SOLICIT, and ADVERTISE. */
import { toAddress6 } from './text.ts';

const SOLICIT = 1;
const ADVERTISE = 2;
const OPTION = { clientId: 1, serverId: 2, addresses: 3, address: 5, request: 6, elapsed: 8, bootFile: 59 };

export type Solicit = {
  /** 24 bits. */
  id: number;
  /** A DUID by link-layer address (section 11.4) of this. */
  mac: Uint8Array;
};

export function encodeSolicit({ id, mac }: Solicit): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(id);
  head[0] = SOLICIT;
  return Buffer.concat([
    head,
    option(OPTION.clientId, [0, 3, 0, 1, ...mac]),
    option(OPTION.addresses, [...mac.subarray(2), ...Buffer.alloc(8)]), // IAID, T1, T2
    option(OPTION.request, [0, OPTION.bootFile]),
    option(OPTION.elapsed, [0, 0]),
  ]);
}

function option(code: number, value: readonly number[]): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(code);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, Buffer.from(value)]);
}

export type Advertise = {
  id: number;
  /** Of the server, in hexadecimal. */
  serverId: string | undefined;
  offered: string | undefined;
  bootFile: string | undefined;
};

/** Throws a `RangeError` where it is no ADVERTISE, or is cut short. */
export function decodeAdvertise(bytes: Buffer): Advertise {
  if (bytes.length < 4 || bytes[0] !== ADVERTISE) throw new RangeError('no advertisement of a DHCPv6 server');
  const options = optionsOf(bytes.subarray(4));
  const ia = options.get(OPTION.addresses);
  const address = ia && ia.length >= 12 ? optionsOf(ia.subarray(12)).get(OPTION.address) : undefined;
  return {
    id: bytes.readUIntBE(1, 3),
    serverId: options.get(OPTION.serverId)?.toString('hex'),
    offered: address && address.length >= 16 ? toAddress6(address.subarray(0, 16)) : undefined,
    bootFile: options
      .get(OPTION.bootFile)
      ?.toString('latin1')
      .replaceAll(/[^\x20-\x7e]/g, '?'),
  };
}

function optionsOf(bytes: Buffer): Map<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw new RangeError('an option is cut short');
    const code = bytes.readUInt16BE(at);
    const end = at + 4 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length) throw new RangeError(`option ${code} is cut short`);
    options.set(code, bytes.subarray(at + 4, end));
    at = end;
  }
  return options;
}
