/** From a CDB to a plan, with the checks that come before any command's own (SPC-4 5.10, SAM-5 5.14). */

import type { CommandRequest } from './command.ts';
import { findCommand } from './command-set.ts';
import { absentUnitInquiry, inquiry } from './commands/inquiry.ts';
import { requestSense } from './commands/readiness.ts';
import { lunList, reportLuns } from './commands/report-luns.ts';
import type { LogicalUnit } from './logical-unit.ts';
import { answer, badField, CONFLICT, check, type Plan, refuse } from './reply.ts';
import { Asc, formatSense, illegalRequest, SenseKey } from './sense.ts';

export function planCommand(unit: LogicalUnit, request: CommandRequest): Plan {
  const { nexus } = request;
  const command = findCommand(request.cdb);
  if (command === undefined) return refuse(Asc.InvalidOperationCode);
  if (command === 'service-action') return badField(1, 4);
  if (nexus.hasAttention && command.ignoresAttention !== true) return check(nexus.takeAttention()!);
  if (command.ignoresReservation !== true && conflicts(unit, request, command.access, command.opcode))
    return CONFLICT;
  if (!unit.mediumLoaded && command.needsNoMedium !== true) {
    return check({ key: SenseKey.NotReady, asc: Asc.MediumNotPresent });
  }
  if (command.access === 'write' && unit.writeProtected) return check(unit.protection!);
  return command.plan(unit, request);
}

/** A legacy reservation shuts out nearly everything (SPC-2 5.5.1), a persistent one what its type says. */
function conflicts(
  unit: LogicalUnit,
  { nexus }: CommandRequest,
  access: 'none' | 'read' | 'write',
  opcode: number,
): boolean {
  if (unit.legacyReservation.heldByOther(nexus)) {
    return opcode !== inquiry.opcode && opcode !== requestSense.opcode && opcode !== reportLuns.opcode;
  }
  return (
    access !== 'none' &&
    unit.reservations.reservation !== undefined &&
    unit.reservations.conflicts(nexus.port, access)
  );
}

/** What a LUN answers that does not exist (SAM-5 4.7.2). */
export function planForAbsentUnit(cdb: Uint8Array): Plan {
  const sense = illegalRequest(Asc.LogicalUnitNotSupported);
  switch (cdb[0]) {
    case inquiry.opcode:
      return answer(absentUnitInquiry(cdb), 36);
    case reportLuns.opcode:
      return lunList(cdb);
    case requestSense.opcode:
      return answer(formatSense(sense, (cdb[1]! & 0x01) !== 0), cdb[4]!);
    default:
      return check(sense);
  }
}
