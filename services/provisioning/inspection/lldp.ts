/** LLDP frames (IEEE 802.1AB-2016, clause 8) as a switch sends them, in the pcap files that an inspected node reports. */

/** The switch at the other end of a cable, and its port, in the switch's own words. */
export type Neighbour = { chassisId: string; portId: string; systemName?: string };

const PCAP_MAGIC = 0xa1b2c3d4;
const PCAP_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET_HEADER = 14;
const ETHERTYPE = 0x88cc;

/** The frame of the first record of a pcap file; undefined where there is none. */
export function firstFrame(pcap: Buffer): Buffer | undefined {
  if (pcap.length < PCAP_HEADER + RECORD_HEADER) return undefined;
  const little = pcap.readUInt32LE(0) === PCAP_MAGIC;
  if (!little && pcap.readUInt32BE(0) !== PCAP_MAGIC) return undefined;
  const at = PCAP_HEADER + 8;
  const length = little ? pcap.readUInt32LE(at) : pcap.readUInt32BE(at);
  const start = PCAP_HEADER + RECORD_HEADER;
  return start + length > pcap.length ? undefined : pcap.subarray(start, start + length);
}

const END = 0;
const CHASSIS_ID = 1;
const PORT_ID = 2;
const SYSTEM_NAME = 5;
/** Subtypes whose value is a MAC address, of a chassis and of a port. */
const MAC_SUBTYPE = { [CHASSIS_ID]: 4, [PORT_ID]: 3 };
/** And those that are a network address: family, then the address. */
const ADDRESS_SUBTYPE = { [CHASSIS_ID]: 5, [PORT_ID]: 4 };

/** What a frame says of its sender; undefined where it is not LLDP, cut short, or lacks one of the two ids. */
export function readLldp(frame: Buffer): Neighbour | undefined {
  if (frame.length < ETHERNET_HEADER || frame.readUInt16BE(12) !== ETHERTYPE) return undefined;
  const found: Partial<Neighbour> = {};
  for (let at = ETHERNET_HEADER; at + 2 <= frame.length; ) {
    // 7 bits of type, 9 bits of length.
    const head = frame.readUInt16BE(at);
    const [type, length] = [head >> 9, head & 0x1ff];
    const value = frame.subarray(at + 2, at + 2 + length);
    if (type === END || value.length < length) break;
    if (type === CHASSIS_ID) found.chassisId ??= idOf(type, value);
    if (type === PORT_ID) found.portId ??= idOf(type, value);
    if (type === SYSTEM_NAME) found.systemName ??= text(value);
    at += 2 + length;
  }
  const { chassisId, portId, systemName } = found;
  if (!chassisId || !portId) return undefined;
  return { chassisId, portId, ...(systemName && { systemName }) };
}

function idOf(type: typeof CHASSIS_ID | typeof PORT_ID, value: Buffer): string {
  const [subtype, id] = [value[0], value.subarray(1)];
  if (subtype === MAC_SUBTYPE[type] && id.length === 6) return [...id].map(hex).join(':');
  // IANA address family 1 is IPv4.
  if (subtype === ADDRESS_SUBTYPE[type] && id[0] === 1 && id.length === 5) return id.subarray(1).join('.');
  return text(id);
}

const hex = (byte: number) => byte.toString(16).padStart(2, '0');

/** A switch may send what it likes: only what can be printed is kept. */
const text = (bytes: Buffer): string =>
  bytes
    .toString('utf8')
    .replaceAll(/[\p{Cc}\uFFFD]/gu, '')
    .trim()
    .slice(0, 255);
