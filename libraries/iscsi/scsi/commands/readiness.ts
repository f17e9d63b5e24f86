/** TEST UNIT READY (SPC-4 6.47) and REQUEST SENSE (6.39). */
import { type Command, usageOf } from '../command.ts';
import { answer, GOOD } from '../reply.ts';
import { Asc, formatSense, SenseKey } from '../sense.ts';

export const testUnitReady: Command = {
  name: 'TEST UNIT READY',
  opcode: 0x00,
  usage: usageOf(0x00, 0, 0, 0, 0, 0x07),
  access: 'none',
  plan: () => GOOD,
};

export const requestSense: Command = {
  name: 'REQUEST SENSE',
  opcode: 0x03,
  usage: usageOf(0x03, 0x01, 0, 0, 0xff, 0x07),
  access: 'none',
  ignoresAttention: true,
  needsNoMedium: true,
  plan(unit, { cdb, nexus }) {
    const sense =
      nexus.takeAttention() ??
      (unit.mediumLoaded
        ? { key: SenseKey.NoSense, asc: Asc.NoAdditionalSense }
        : { key: SenseKey.NotReady, asc: Asc.MediumNotPresent });
    return answer(formatSense(sense, (cdb[1]! & 0x01) !== 0), cdb[4]!);
  },
};
