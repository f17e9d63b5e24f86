/** The LBA, length and flags of the block commands, whose places depend on the CDB's length (SPC-4 4.2.5). */
import { u16, u24, u32, u64 } from '../pdu/bytes.ts';

/** The operation code's group tells the length (SPC-4 4.2.5.1). */
export function cdbLength(opcode: number): number {
  return [6, 10, 10, 0, 16, 12, 0, 0][opcode >>> 5]!;
}

export type BlockRange = { lba: number; blocks: number };

/** READ, WRITE, VERIFY and their like: SBC-3 5.8 and following share one layout for each length. */
export function blockRange(cdb: Uint8Array): BlockRange {
  switch (cdb[0]! >>> 5) {
    case 0:
      // Six bytes: 21 bits of LBA, and a length of 0 means 256.
      return { lba: u24(cdb, 1) & 0x1fffff, blocks: cdb[4] === 0 ? 256 : cdb[4]! };
    case 4:
      return { lba: u64(cdb, 2), blocks: u32(cdb, 10) };
    case 5:
      return { lba: u32(cdb, 2), blocks: u32(cdb, 6) };
    default:
      return { lba: u32(cdb, 2), blocks: u16(cdb, 7) };
  }
}

/** Byte 1 of the ten-byte and longer forms. */
export const protectField = (cdb: Uint8Array): number => cdb[1]! >>> 5;
export const forceUnitAccess = (cdb: Uint8Array): boolean => cdb[0]! >>> 5 !== 0 && (cdb[1]! & 0x08) !== 0;

/** WRITE, WRITE AND VERIFY, WRITE SAME, ORWRITE, COMPARE AND WRITE, in all their lengths. */
const WRITES = new Set([0x0a, 0x2a, 0xaa, 0x8a, 0x2e, 0xae, 0x8e, 0x41, 0x93, 0x8b, 0x89]);

/** Where a command writes the data that it brings; undefined when it does something else with it. */
export function writtenBlocks(cdb: Uint8Array): number | undefined {
  return WRITES.has(cdb[0]!) ? blockRange(cdb).lba : undefined;
}
