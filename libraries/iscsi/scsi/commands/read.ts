/** READ (6), (10), (12), (16) (SBC-3 5.11 to 5.14). */
import { blockRange, protectField } from '../cdb.ts';
import { type Command, type CommandRequest, usageOf } from '../command.ts';
import { BLOCK } from '../disk.ts';
import { MAX_READ, MAX_TRANSFER } from '../limits.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { badField, type Plan, refuse } from '../reply.ts';
import { Asc } from '../sense.ts';

/** Where the CDB's length field starts, for the sense data. */
export const lengthField = (cdb: Uint8Array): number => ({ 0: 4, 4: 10, 5: 6 })[cdb[0]! >>> 5] ?? 7;

/** The checks that all medium commands share: inside the disk, and no longer than the Block Limits page says. */
export function outOfBounds(
  unit: LogicalUnit,
  cdb: Uint8Array,
  lba: number,
  blocks: number,
  limit = MAX_TRANSFER,
): Plan | undefined {
  if (lba + blocks > unit.blocks) return refuse(Asc.LbaOutOfRange);
  if (blocks > limit) return badField(lengthField(cdb));
  return undefined;
}

/**
 * FUA needs nothing more: what another path to the disk has written is read either way, since all of them share the
 * disk's one cache.
 */
function plan(unit: LogicalUnit, { cdb }: CommandRequest): Plan {
  // No protection information is kept (SBC-3 4.22), so none can be asked for.
  if (cdb[0] !== 0x08 && protectField(cdb) !== 0) return badField(1, 7);
  const { lba, blocks } = blockRange(cdb);
  return (
    outOfBounds(unit, cdb, lba, blocks, MAX_READ) ?? {
      kind: 'read',
      offset: lba * BLOCK,
      length: blocks * BLOCK,
    }
  );
}

export const read6: Command = {
  name: 'READ (6)',
  opcode: 0x08,
  usage: usageOf(0x08, 0x1f, 0xff, 0xff, 0xff, 0x07),
  access: 'read',
  plan,
};

export const read10: Command = {
  name: 'READ (10)',
  opcode: 0x28,
  usage: usageOf(0x28, 0xf8, 0xff, 0xff, 0xff, 0xff, 0x1f, 0xff, 0xff, 0x07),
  access: 'read',
  plan,
};

export const read12: Command = {
  name: 'READ (12)',
  opcode: 0xa8,
  usage: usageOf(0xa8, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0x07),
  access: 'read',
  plan,
};

export const read16: Command = {
  name: 'READ (16)',
  opcode: 0x88,
  usage: usageOf(
    0x88,
    0xf8,
    ...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ...[0xff, 0xff, 0xff, 0xff, 0x1f, 0x07],
  ),
  access: 'read',
  plan,
};
