/** Who a server is: the same for the same names, so that a rack brought up again has the same machines. */
import { createHash } from 'node:crypto';

const digest = (...parts: string[]): Buffer => createHash('sha256').update(parts.join('\0')).digest();

/** A unicast, locally administered address (IEEE 802: bit 1 of the first octet set, bit 0 clear). */
export function macOf(rack: string, node: string, nic: number): string {
  const octets = [0x52, 0x54, ...digest('mac', rack, node, String(nic)).subarray(0, 4)];
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':');
}

/** A UUID version 8 (RFC 9562 section 5.8), as the SMBIOS system UUID and the BMC's GUID. */
export function uuidOf(rack: string, node: string): string {
  const bytes = digest('uuid', rack, node).subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The SMBIOS serial number, as on a sticker. */
export const serialOf = (rack: string, node: string): string =>
  `BN${digest('serial', rack, node).toString('hex').slice(0, 8).toUpperCase()}`;

/** The switch port of a NIC, which is also the name of its interface on the switch's side. */
export const portName = (node: string, nic: number): string => `${node}-nic${nic}`;
