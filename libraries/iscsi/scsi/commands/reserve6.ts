/** RESERVE (6) and RELEASE (6) (SPC-2 7.21, 7.22), which old initiators still use. */
import { type Command, usageOf } from '../command.ts';
import { CONFLICT, GOOD } from '../reply.ts';

export const reserve6: Command = {
  name: 'RESERVE (6)',
  opcode: 0x16,
  usage: usageOf(0x16, 0, 0, 0, 0, 0x07),
  access: 'none',
  needsNoMedium: true,
  ignoresReservation: true,
  plan(unit, { nexus }) {
    // The two kinds of reservation exclude each other (SPC-4 5.13.3).
    if (unit.reservations.registrations.size > 0) return CONFLICT;
    return unit.legacyReservation.reserve(nexus) ? GOOD : CONFLICT;
  },
};

export const release6: Command = {
  name: 'RELEASE (6)',
  opcode: 0x17,
  usage: usageOf(0x17, 0, 0, 0, 0, 0x07),
  access: 'none',
  needsNoMedium: true,
  ignoresReservation: true,
  plan(unit, { nexus }) {
    if (unit.reservations.registrations.size > 0) return CONFLICT;
    unit.legacyReservation.release(nexus);
    return GOOD;
  },
};
