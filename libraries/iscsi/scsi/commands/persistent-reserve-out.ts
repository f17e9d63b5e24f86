/** PERSISTENT RESERVE OUT (SPC-4 6.16). */
import { u32 } from '../../pdu/bytes.ts';
import { type Command, type CommandRequest, usageOf } from '../command.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { isReservationType, type Outcome } from '../persistent-reservations.ts';
import { badField, CONFLICT, check, GOOD, type Plan, type Reply, refuse, Status } from '../reply.ts';
import type { ReservationKeeper } from '../reservation-store.ts';
import { Asc, invalidParameter, SenseKey } from '../sense.ts';

const PARAMETERS = 24;
const SPEC_I_PT = 0x08;
const ALL_TG_PT = 0x04;
/** "Activate persist through power loss". */
const APTPL = 0x01;

const keyAt = (b: Uint8Array, at: number): bigint => (BigInt(u32(b, at)) << 32n) | BigInt(u32(b, at + 4));

type Action = (unit: LogicalUnit, port: string, key: bigint, actionKey: bigint, type: number) => Outcome;

function replyTo(outcome: Outcome): Reply {
  switch (outcome) {
    case 'done':
      return GOOD;
    case 'conflict':
      return CONFLICT;
    case 'invalid-release':
      return refuse(Asc.InvalidReleaseOfReservation);
    case 'invalid-field':
      return check(invalidParameter(8));
    case 'no-resources':
      return refuse(Asc.InsufficientRegistrationResources);
  }
}

const out = (name: string, serviceAction: number, typed: boolean, act: Action): Command => ({
  name: `PERSISTENT RESERVE OUT, ${name}`,
  opcode: 0x5f,
  serviceAction,
  usage: usageOf(0x5f, 0x1f, typed ? 0xff : 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x07),
  access: 'none',
  needsNoMedium: true,
  ignoresReservation: true,
  plan(unit: LogicalUnit, { cdb, nexus }: CommandRequest): Plan {
    if (unit.legacyReservation.held) return CONFLICT;
    const scope = cdb[2]! >>> 4;
    const type = cdb[2]! & 0x0f;
    if (typed && (scope !== 0 || !isReservationType(type))) return badField(2);
    const dataOut = u32(cdb, 5);
    if (dataOut !== PARAMETERS) return refuse(Asc.ParameterListLengthError);
    return {
      kind: 'run',
      dataOut,
      run: (data) => {
        if (data.length < PARAMETERS) return refuse(Asc.ParameterListLengthError);
        const keeper = unit.reservationKeeper;
        // Registering other ports is not offered, nor is keeping what there is no place for.
        const refused = SPEC_I_PT | ALL_TG_PT | (keeper === undefined ? APTPL : 0);
        if (data[20]! & refused) return check(invalidParameter(20));
        const reply = replyTo(act(unit, nexus.port, keyAt(data, 0), keyAt(data, 8), type));
        // Kept whether APTPL asks for it or not: to an initiator a restart of this server is no power loss.
        return keeper === undefined || reply.status !== Status.Good ? reply : stored(keeper, reply);
      },
    };
  },
});

/** A reservation that is not on stable storage must not be relied on, so its command fails. */
async function stored(keeper: ReservationKeeper, reply: Reply): Promise<Reply> {
  try {
    await keeper.keep();
    return reply;
  } catch {
    return check({ key: SenseKey.HardwareError, asc: Asc.InternalTargetFailure });
  }
}

export const prOutRegister = out('REGISTER', 0x00, false, (unit, port, key, newKey) =>
  unit.reservations.register(port, key, newKey, false),
);
export const prOutReserve = out('RESERVE', 0x01, true, (unit, port, key, _unused, type) =>
  unit.reservations.reserve(port, key, type),
);
export const prOutRelease = out('RELEASE', 0x02, true, (unit, port, key, _unused, type) =>
  unit.reservations.release(port, key, type),
);
export const prOutClear = out('CLEAR', 0x03, false, (unit, port, key) => unit.reservations.clear(port, key));
export const prOutPreempt = out(
  'PREEMPT',
  0x04,
  true,
  (unit, port, key, victim, type) => unit.reservations.preempt(port, key, victim, type).outcome,
);
export const prOutPreemptAndAbort = out('PREEMPT AND ABORT', 0x05, true, (unit, port, key, victim, type) => {
  const { outcome, removed } = unit.reservations.preempt(port, key, victim, type);
  unit.abortTasksOf(removed);
  return outcome;
});
export const prOutRegisterAndIgnore = out(
  'REGISTER AND IGNORE EXISTING KEY',
  0x06,
  false,
  (unit, port, key, newKey) => unit.reservations.register(port, key, newKey, true),
);
