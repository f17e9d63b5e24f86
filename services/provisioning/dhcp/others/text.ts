/** Addresses as people write them. */

export const toAddress = (bytes: Uint8Array): string => bytes.join('.');

export const toMac = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/..(?=.)/g, '$&:');

/** RFC 5952, by the URL parser of the platform, which writes an address in brackets so. */
export function toAddress6(bytes: Uint8Array): string {
  const groups = Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/.{4}(?=.)/g, '$&:');
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}
