/** All commands of the disk, and how one is found by its CDB. */
import type { Command } from './command.ts';
import { readCapacity10, readCapacity16 } from './commands/capacity.ts';
import { compareAndWrite } from './commands/compare-and-write.ts';
import { readDefectData10, readDefectData12 } from './commands/defect-data.ts';
import { extendedCopy, receiveCopyStatus, receiveOperatingParameters } from './commands/extended-copy.ts';
import { inquiry } from './commands/inquiry.ts';
import { getLbaStatus } from './commands/lba-status.ts';
import { modeSelect6, modeSelect10, modeSense6, modeSense10 } from './commands/mode.ts';
import { orWrite16 } from './commands/or-write.ts';
import * as persistentIn from './commands/persistent-reserve-in.ts';
import * as persistentOut from './commands/persistent-reserve-out.ts';
import { preFetch10, preFetch16 } from './commands/prefetch.ts';
import { read6, read10, read12, read16 } from './commands/read.ts';
import { requestSense, testUnitReady } from './commands/readiness.ts';
import { reportLuns } from './commands/report-luns.ts';
import { release6, reserve6 } from './commands/reserve6.ts';
import { sanitizeBlockErase, sanitizeExitFailureMode } from './commands/sanitize.ts';
import { preventAllowMediumRemoval, startStopUnit } from './commands/start-stop.ts';
import { reportSupportedOpcodes, reportSupportedTaskFunctions } from './commands/supported-opcodes.ts';
import { synchronizeCache10, synchronizeCache16 } from './commands/synchronize-cache.ts';
import { reportTargetPortGroups } from './commands/target-port-groups.ts';
import { unmap } from './commands/unmap.ts';
import {
  verify10,
  verify12,
  verify16,
  writeAndVerify10,
  writeAndVerify12,
  writeAndVerify16,
} from './commands/verify.ts';
import { write6, write10, write12, write16 } from './commands/write.ts';
import { writeAtomic16 } from './commands/write-atomic.ts';
import { writeSame10, writeSame16 } from './commands/write-same.ts';

export const COMMANDS: readonly Command[] = [
  testUnitReady,
  requestSense,
  read6,
  write6,
  inquiry,
  modeSelect6,
  reserve6,
  release6,
  modeSense6,
  startStopUnit,
  preventAllowMediumRemoval,
  readCapacity10,
  read10,
  write10,
  writeAndVerify10,
  verify10,
  preFetch10,
  synchronizeCache10,
  readDefectData10,
  writeSame10,
  unmap,
  sanitizeBlockErase,
  sanitizeExitFailureMode,
  modeSelect10,
  modeSense10,
  ...Object.values(persistentIn),
  ...Object.values(persistentOut),
  extendedCopy,
  receiveCopyStatus,
  receiveOperatingParameters,
  read16,
  compareAndWrite,
  write16,
  writeAtomic16,
  orWrite16,
  writeAndVerify16,
  verify16,
  preFetch16,
  synchronizeCache16,
  writeSame16,
  readCapacity16,
  getLbaStatus,
  reportLuns,
  reportTargetPortGroups,
  reportSupportedOpcodes(() => COMMANDS),
  reportSupportedTaskFunctions,
  read12,
  write12,
  writeAndVerify12,
  verify12,
  readDefectData12,
];

/** By operation code; those with service actions hold a second table. */
const BY_OPCODE: (Command | Map<number, Command> | undefined)[] = new Array(256).fill(undefined);

for (const command of COMMANDS) {
  if (command.serviceAction === undefined) BY_OPCODE[command.opcode] = command;
  else {
    const actions = BY_OPCODE[command.opcode];
    if (actions instanceof Map) actions.set(command.serviceAction, command);
    else BY_OPCODE[command.opcode] = new Map([[command.serviceAction, command]]);
  }
}

/** `'service-action'` when only that is unknown. */
export function findCommand(cdb: Uint8Array): Command | 'service-action' | undefined {
  const found = BY_OPCODE[cdb[0]!];
  return found instanceof Map ? (found.get(cdb[1]! & 0x1f) ?? 'service-action') : found;
}
