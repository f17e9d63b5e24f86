/** Vital product data pages (SPC-4 7.8, SBC-3 6.5). */
import { putU16, putU32, putU64 } from '../../pdu/bytes.ts';
import { BLOCK, PHYSICAL_BLOCK } from '../disk.ts';
import { VENDOR } from '../identity.ts';
import {
  MAX_ATOMIC_WRITE,
  MAX_COMPARE_AND_WRITE,
  MAX_TRANSFER,
  MAX_UNMAP_BLOCKS,
  MAX_UNMAP_DESCRIPTORS,
  MAX_WRITE_SAME,
  OPTIMAL_TRANSFER,
} from '../limits.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { PORT_GROUP } from './target-port-groups.ts';

type Page = (unit: LogicalUnit) => Uint8Array;

const PAGES: ReadonlyMap<number, Page> = new Map<number, Page>([
  [0x00, () => Uint8Array.from(PAGES.keys())],
  [0x80, (unit) => Buffer.from(unit.identity.serial, 'ascii')],
  [0x83, deviceIdentification],
  [0xb0, blockLimits],
  [0xb1, blockDeviceCharacteristics],
  [0xb2, logicalBlockProvisioning],
]);

/** The whole page with its header, or undefined when there is none of that number. */
export function vitalProductData(unit: LogicalUnit, page: number): Uint8Array | undefined {
  const body = PAGES.get(page)?.(unit);
  if (body === undefined) return undefined;
  const b = new Uint8Array(4 + body.length);
  b[1] = page;
  putU16(b, 2, body.length);
  b.set(body, 4);
  return b;
}

const BINARY = 1;
const ASCII = 2;
const UTF8 = 3;
const OF_TARGET_PORT = 0x10;
const ISCSI = 0x50;
const PROTOCOL_VALID = 0x80;

function designator(codeSet: number, flags: number, type: number, value: Uint8Array): Uint8Array {
  const protocol = flags & PROTOCOL_VALID ? ISCSI : 0;
  return Buffer.concat([Uint8Array.of(protocol | codeSet, flags | type, 0, value.length), value]);
}

/** SPC-4 7.8.6: names of the unit by which any path to it is recognised, and of the port it is seen through. */
function deviceIdentification(unit: LogicalUnit): Uint8Array {
  const group = new Uint8Array(4);
  putU16(group, 2, PORT_GROUP);
  const relativePort = new Uint8Array(4);
  putU16(relativePort, 2, 1);
  // A SCSI name string is null-terminated and filled to a multiple of four (7.8.6.11).
  const name = Buffer.from(`${unit.portName}\0`, 'utf8');
  const portName = Buffer.concat([name, Buffer.alloc(-name.length & 3)]);
  const port = OF_TARGET_PORT | PROTOCOL_VALID;
  return Buffer.concat([
    designator(BINARY, 0, 3, unit.identity.naa),
    designator(ASCII, 0, 1, Buffer.from(VENDOR.padEnd(8) + unit.identity.serial, 'ascii')),
    designator(BINARY, port, 4, relativePort),
    designator(BINARY, port, 5, group),
    designator(UTF8, port, 8, portName),
  ]);
}

/** Linux aligns to it (`io_min`) whatever the physical block is. */
const ALIGNMENT = PHYSICAL_BLOCK / BLOCK;

/** SBC-3 6.5.3; the fields of atomic writes, SBC-4 6.6.4. */
function blockLimits(unit: LogicalUnit): Uint8Array {
  const b = new Uint8Array(0x3c);
  b[1] = MAX_COMPARE_AND_WRITE;
  putU16(b, 2, ALIGNMENT);
  putU32(b, 4, MAX_TRANSFER);
  putU32(b, 8, OPTIMAL_TRANSFER);
  putU32(b, 12, OPTIMAL_TRANSFER);
  putU64(b, 32, MAX_WRITE_SAME);
  // No alignment, no granularity, no boundaries within one.
  if (unit.disk.writeAtomic !== undefined) putU32(b, 40, MAX_ATOMIC_WRITE);
  if (!unit.thin) return b;
  putU32(b, 16, MAX_UNMAP_BLOCKS);
  putU32(b, 20, MAX_UNMAP_DESCRIPTORS);
  putU32(b, 24, ALIGNMENT);
  // UGAVALID, with an alignment of 0.
  putU32(b, 28, 0x80000000);
  return b;
}

/** SBC-3 6.5.2: "does not rotate", so that Linux sorts nothing; after a BLOCK ERASE reads give zeros (WABEREQ 01b). */
function blockDeviceCharacteristics(unit: LogicalUnit): Uint8Array {
  const b = new Uint8Array(0x3c);
  putU16(b, 0, 1);
  if (unit.thin) b[3] = 0x40;
  return b;
}

/** SBC-3 6.5.4: unmapping by UNMAP and by both WRITE SAME; unmapped blocks read as zeros; thin provisioned. */
function logicalBlockProvisioning(unit: LogicalUnit): Uint8Array {
  const [LBPU, LBPWS, LBPWS10, LBPRZ] = [0x80, 0x40, 0x20, 0x04];
  const THIN = 2;
  return unit.thin ? Uint8Array.of(0, LBPU | LBPWS | LBPWS10 | LBPRZ, THIN, 0) : new Uint8Array(4);
}
