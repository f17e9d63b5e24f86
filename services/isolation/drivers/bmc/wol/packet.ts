/** AMD's Magic Packet: six bytes of ones, then the MAC sixteen times, then the SecureOn password where there is one. */
export const MAC = /^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$/;

/** `secureOn` is written as a MAC is, or as an IPv4 address: six bytes, or four. Throws RangeError. */
export function magicPacket(mac: string, secureOn?: string): Buffer {
  if (!MAC.test(mac)) throw new RangeError('a MAC has six bytes');
  const target = Buffer.from(mac.replaceAll(/[:-]/g, ''), 'hex');
  const password = secureOn === undefined ? Buffer.alloc(0) : secureOnBytes(secureOn);
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array<Buffer>(16).fill(target), password]);
}

function secureOnBytes(text: string): Buffer {
  if (MAC.test(text)) return Buffer.from(text.replaceAll(/[:-]/g, ''), 'hex');
  const bytes = text.split('.').map(Number);
  const isByte = (byte: number) => Number.isInteger(byte) && byte >= 0 && byte <= 255;
  if (bytes.length !== 4 || !bytes.every(isByte)) throw new RangeError('SecureOn has six or four bytes');
  return Buffer.from(bytes);
}
