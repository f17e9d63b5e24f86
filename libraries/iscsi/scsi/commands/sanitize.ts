/**
 * SANITIZE (SBC-3 5.19): BLOCK ERASE, which frees the whole disk, and EXIT FAILURE MODE. OVERWRITE and CRYPTOGRAPHIC
 * ERASE promise something about media that a disk made of a file or of shared layers cannot keep.
 */
import { u16 } from '../../pdu/bytes.ts';
import { type Command, type CommandRequest, usageOf } from '../command.ts';
import { MAX_UNMAP_BLOCKS } from '../limits.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { badField, GOOD, type Plan } from '../reply.ts';
import { holding, rangeOf } from './medium.ts';
import { zeroBlocks } from './zero.ts';

/** Reserved bits have to be zero here: a slip of the pen must not erase a disk. */
function malformed(cdb: Uint8Array): Plan | undefined {
  if (cdb[1]! & 0x40) return badField(1, 6);
  for (let i = 2; i < 7; i += 1) if (cdb[i] !== 0) return badField(i);
  return u16(cdb, 7) === 0 ? undefined : badField(7);
}

async function erase(unit: LogicalUnit) {
  return holding(unit, rangeOf(0, unit.blocks, true), 'write', async () => {
    for (let lba = 0; lba < unit.blocks; lba += MAX_UNMAP_BLOCKS) {
      await zeroBlocks(unit, lba, Math.min(MAX_UNMAP_BLOCKS, unit.blocks - lba));
    }
    await unit.flush();
    return GOOD;
  });
}

export const sanitizeBlockErase: Command = {
  name: 'SANITIZE, BLOCK ERASE',
  opcode: 0x48,
  serviceAction: 0x02,
  usage: usageOf(0x48, 0xbf, 0, 0, 0, 0, 0, 0xff, 0xff, 0x07),
  access: 'write',
  plan(unit: LogicalUnit, { cdb }: CommandRequest): Plan {
    // Without discard it would have to be an overwrite.
    if (!unit.thin) return badField(1, 4);
    const bad = malformed(cdb);
    if (bad !== undefined) return bad;
    const immediate = (cdb[1]! & 0x80) !== 0;
    return {
      kind: 'run',
      dataOut: 0,
      run: () => {
        const done = erase(unit);
        if (!immediate) return done;
        // The erase holds all the blocks, so that writes wait for it.
        unit.background(done);
        return GOOD;
      },
    };
  },
};

export const sanitizeExitFailureMode: Command = {
  name: 'SANITIZE, EXIT FAILURE MODE',
  opcode: 0x48,
  serviceAction: 0x1f,
  usage: usageOf(0x48, 0xbf, 0, 0, 0, 0, 0, 0xff, 0xff, 0x07),
  access: 'write',
  /** An erase that failed leaves a usable disk: there is no failure mode to exit. */
  plan: (_unit, { cdb }) => malformed(cdb) ?? GOOD,
};
