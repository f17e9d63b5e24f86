/** PERSISTENT RESERVE IN (SPC-4 6.15). */
import { putU16, putU32, u16 } from '../../pdu/bytes.ts';
import { type Command, type CommandRequest, usageOf } from '../command.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { answer, CONFLICT, type Plan } from '../reply.ts';

function putKey(b: Uint8Array, at: number, key: bigint): void {
  putU32(b, at, Number(key >> 32n));
  putU32(b, at + 4, Number(key & 0xffffffffn));
}

const isAllRegistrants = (type: number): boolean => type >= 7;

/** PRGENERATION and the length of what follows. */
function withHeader(unit: LogicalUnit, body: Uint8Array): Uint8Array {
  const b = new Uint8Array(8 + body.length);
  putU32(b, 0, unit.reservations.generation);
  putU32(b, 4, body.length);
  b.set(body, 8);
  return b;
}

function readKeys(unit: LogicalUnit): Uint8Array {
  const keys = [...unit.reservations.registrations.values()];
  const b = new Uint8Array(8 * keys.length);
  keys.forEach((key, i) => {
    putKey(b, 8 * i, key);
  });
  return withHeader(unit, b);
}

function readReservation(unit: LogicalUnit): Uint8Array {
  const reservation = unit.reservations.reservation;
  if (reservation === undefined) return withHeader(unit, new Uint8Array(0));
  const b = new Uint8Array(16);
  if (!isAllRegistrants(reservation.type)) {
    putKey(b, 0, unit.reservations.registrations.get(reservation.holder) ?? 0n);
  }
  b[13] = reservation.type;
  return withHeader(unit, b);
}

/** 6.15.4: CRH (RESERVE and RELEASE from a holder) is not offered; the mask names all six types. */
function reportCapabilities(unit: LogicalUnit): Uint8Array {
  const PERSISTS = 0x01;
  const TYPE_MASK_VALID = 0x80;
  const ALLOWED_COMMANDS = 0x10;
  const [WR_EX_AR, EX_AC_RO, WR_EX_RO, EX_AC, WR_EX, EX_AC_AR] = [0x80, 0x40, 0x20, 0x08, 0x02, 0x01];
  const b = new Uint8Array(8);
  putU16(b, 0, b.length);
  const persists = unit.reservationKeeper === undefined ? 0 : PERSISTS;
  b[2] = persists;
  b[3] = TYPE_MASK_VALID | ALLOWED_COMMANDS | persists;
  b[4] = WR_EX_AR | EX_AC_RO | WR_EX_RO | EX_AC | WR_EX;
  b[5] = EX_AC_AR;
  return b;
}

/** 6.15.5: one descriptor a registrant, with the TransportID of an iSCSI initiator port (7.6.4.6). */
function readFullStatus(unit: LogicalUnit): Uint8Array {
  const reservation = unit.reservations.reservation;
  const parts: Uint8Array[] = [];
  for (const [port, key] of unit.reservations.registrations) {
    const name = Buffer.from(`${port}\0`, 'utf8');
    const padded = Buffer.concat([name, Buffer.alloc(-name.length & 3)]);
    const b = new Uint8Array(24 + 4 + padded.length);
    putKey(b, 0, key);
    if (unit.reservations.isHolder(port) && reservation) {
      b[12] = 0x01;
      b[13] = reservation.type;
    }
    putU16(b, 18, 1);
    putU32(b, 20, 4 + padded.length);
    b[24] = 0x45;
    putU16(b, 26, padded.length);
    b.set(padded, 28);
    parts.push(b);
  }
  return withHeader(unit, Buffer.concat(parts));
}

const reading = (name: string, serviceAction: number, data: (unit: LogicalUnit) => Uint8Array): Command => ({
  name: `PERSISTENT RESERVE IN, ${name}`,
  opcode: 0x5e,
  serviceAction,
  usage: usageOf(0x5e, 0x1f, 0, 0, 0, 0, 0, 0xff, 0xff, 0x07),
  access: 'none',
  needsNoMedium: true,
  ignoresReservation: true,
  plan(unit: LogicalUnit, { cdb, nexus }: CommandRequest): Plan {
    if (unit.legacyReservation.heldByOther(nexus)) return CONFLICT;
    return answer(data(unit), u16(cdb, 7));
  },
});

export const prInReadKeys = reading('READ KEYS', 0x00, readKeys);
export const prInReadReservation = reading('READ RESERVATION', 0x01, readReservation);
export const prInReportCapabilities = reading('REPORT CAPABILITIES', 0x02, reportCapabilities);
export const prInReadFullStatus = reading('READ FULL STATUS', 0x03, readFullStatus);
