/** REPORT SUPPORTED OPERATION CODES (SPC-4 6.35) and REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS (6.36). */
import { putU16, putU32, u16, u32 } from '../../pdu/bytes.ts';
import { type Command, usageOf } from '../command.ts';
import { answer, badField, type Plan } from '../reply.ts';

const SERVICE_ACTION_VALID = 0x01;
const TIMEOUTS_FOLLOW = 0x02;
const TIMEOUTS = 12;
const NOT_SUPPORTED = 1;
const SUPPORTED = 3;
const ONE_COMMAND_TIMEOUTS_FOLLOW = 0x80;

/** 6.35.4: "no limit stated" for both times. */
function timeouts(): Uint8Array {
  const b = new Uint8Array(TIMEOUTS);
  putU16(b, 0, TIMEOUTS - 2);
  return b;
}

function allCommands(commands: readonly Command[], withTimeouts: boolean): Uint8Array {
  const parts: Uint8Array[] = [new Uint8Array(4)];
  for (const command of commands) {
    const b = new Uint8Array(8);
    b[0] = command.opcode;
    if (command.serviceAction !== undefined) putU16(b, 2, command.serviceAction);
    b[5] =
      (command.serviceAction === undefined ? 0 : SERVICE_ACTION_VALID) | (withTimeouts ? TIMEOUTS_FOLLOW : 0);
    putU16(b, 6, command.usage.length);
    parts.push(b);
    if (withTimeouts) parts.push(timeouts());
  }
  const all = Buffer.concat(parts);
  putU32(all, 0, all.length - 4);
  return all;
}

function oneCommand(command: Command | undefined, withTimeouts: boolean): Uint8Array {
  const usage = command === undefined ? new Uint8Array(0) : Uint8Array.from(command.usage);
  // The service action is evaluated in the CDB's usage as a value (6.35.3).
  if (command?.serviceAction !== undefined) usage[1] = (usage[1]! & 0xe0) | command.serviceAction;
  const head = new Uint8Array(4);
  head[1] =
    (command === undefined ? NOT_SUPPORTED : SUPPORTED) |
    (withTimeouts && command !== undefined ? ONE_COMMAND_TIMEOUTS_FOLLOW : 0);
  putU16(head, 2, usage.length);
  return Buffer.concat([head, usage, withTimeouts && command !== undefined ? timeouts() : new Uint8Array(0)]);
}

/** Needs the list that it is itself a part of. */
export const reportSupportedOpcodes = (commands: () => readonly Command[]): Command => ({
  name: 'REPORT SUPPORTED OPERATION CODES',
  opcode: 0xa3,
  serviceAction: 0x0c,
  usage: usageOf(0xa3, 0x1f, 0x87, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0x07),
  access: 'none',
  needsNoMedium: true,
  plan(_unit, { cdb }): Plan {
    const withTimeouts = (cdb[2]! & 0x80) !== 0;
    const allocation = u32(cdb, 6);
    const opcode = cdb[3]!;
    const action = u16(cdb, 4);
    const same = commands().filter((command) => command.opcode === opcode);
    const hasActions = same.some((command) => command.serviceAction !== undefined);
    switch (cdb[2]! & 0x07) {
      case 0:
        return answer(allCommands(commands(), withTimeouts), allocation);
      case 1:
        if (hasActions) return badField(4);
        return answer(oneCommand(same[0], withTimeouts), allocation);
      case 2:
        if (same.length > 0 && !hasActions) return badField(4);
        return answer(
          oneCommand(
            same.find((c) => c.serviceAction === action),
            withTimeouts,
          ),
          allocation,
        );
      case 3:
        return answer(
          oneCommand(
            same.find((c) => (c.serviceAction ?? 0) === action),
            withTimeouts,
          ),
          allocation,
        );
      default:
        return badField(2, 2);
    }
  },
});

export const reportSupportedTaskFunctions: Command = {
  name: 'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS',
  opcode: 0xa3,
  serviceAction: 0x0d,
  usage: usageOf(0xa3, 0x1f, 0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0x07),
  access: 'none',
  needsNoMedium: true,
  plan(_unit, { cdb }) {
    const [ABORT_TASK, ABORT_SET, CLEAR_SET, LU_RESET] = [0x80, 0x40, 0x10, 0x08];
    const b = new Uint8Array(cdb[2]! & 0x80 ? 16 : 4);
    b[0] = ABORT_TASK | ABORT_SET | CLEAR_SET | LU_RESET;
    if (b.length > 4) b[3] = b.length - 4;
    return answer(b, u32(cdb, 6));
  },
};
