/** START STOP UNIT (SBC-3 5.20) and PREVENT ALLOW MEDIUM REMOVAL (SPC-4 6.14, MMC): what a removable disk adds. */
import { type Command, usageOf } from '../command.ts';
import { senseOfDiskError } from '../logical-unit.ts';
import { badField, check, GOOD, refuse } from '../reply.ts';
import { Asc } from '../sense.ts';

const START = 0x01;
const LOAD_EJECT = 0x02;
const NO_FLUSH = 0x04;

export const startStopUnit: Command = {
  name: 'START STOP UNIT',
  opcode: 0x1b,
  usage: usageOf(0x1b, 0x01, 0, 0x0f, 0xf7, 0x07),
  access: 'none',
  needsNoMedium: true,
  plan(unit, { cdb }) {
    const flags = cdb[4]!;
    // A power condition leaves the medium alone, and there is no power to save.
    if (flags >>> 4 !== 0) return GOOD;
    const eject = (flags & LOAD_EJECT) !== 0 && (flags & START) === 0;
    if (flags & LOAD_EJECT && !unit.removable) return badField(4, 1);
    // Loading too is refused while removal is prevented, as libiscsi's suite expects; the tray is locked.
    if (flags & LOAD_EJECT && unit.removalPreventedBy.size > 0) return refuse(Asc.MediumRemovalPrevented);
    return {
      kind: 'run',
      dataOut: 0,
      run: async () => {
        try {
          // What stops or ejects must leave nothing behind in a cache.
          if ((flags & (START | NO_FLUSH)) === 0 && unit.mediumLoaded) await unit.flush();
        } catch (error) {
          return check(senseOfDiskError(error, 'write'));
        }
        if (flags & LOAD_EJECT) unit.mediumLoaded = !eject;
        return GOOD;
      },
    };
  },
};

export const preventAllowMediumRemoval: Command = {
  name: 'PREVENT ALLOW MEDIUM REMOVAL',
  opcode: 0x1e,
  usage: usageOf(0x1e, 0, 0, 0, 0x03, 0x07),
  access: 'none',
  needsNoMedium: true,
  plan(unit, { cdb, nexus }) {
    if (!unit.removable) return refuse(Asc.InvalidOperationCode);
    if (cdb[4]! & 0x01) unit.removalPreventedBy.add(nexus);
    else unit.removalPreventedBy.delete(nexus);
    return GOOD;
  },
};
