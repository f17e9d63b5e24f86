/** Sense data (SPC-4 4.5): why a command ended with CHECK CONDITION. */
import { putU16, putU32, putU64 } from '../pdu/bytes.ts';

export const SenseKey = {
  NoSense: 0x0,
  RecoveredError: 0x1,
  NotReady: 0x2,
  MediumError: 0x3,
  HardwareError: 0x4,
  IllegalRequest: 0x5,
  UnitAttention: 0x6,
  DataProtect: 0x7,
  CopyAborted: 0xa,
  AbortedCommand: 0xb,
  Miscompare: 0xe,
} as const;

/** Additional sense code and qualifier in one number (SPC-4 annex F.2). */
export const Asc = {
  NoAdditionalSense: 0x0000,
  WriteError: 0x0c00,
  InvalidFieldInInformationUnit: 0x0e03,
  UnrecoveredReadError: 0x1100,
  ParameterListLengthError: 0x1a00,
  MiscompareDuringVerify: 0x1d00,
  InvalidOperationCode: 0x2000,
  LbaOutOfRange: 0x2100,
  InvalidFieldInCdb: 0x2400,
  LogicalUnitNotSupported: 0x2500,
  InvalidFieldInParameterList: 0x2600,
  InvalidReleaseOfReservation: 0x2604,
  TooManyTargetDescriptors: 0x2606,
  UnsupportedTargetDescriptorType: 0x2607,
  TooManySegmentDescriptors: 0x2608,
  UnsupportedSegmentDescriptorType: 0x2609,
  WriteProtected: 0x2700,
  SoftwareWriteProtected: 0x2702,
  SpaceAllocationFailed: 0x2707,
  MediumChanged: 0x2800,
  PowerOnOrReset: 0x2900,
  BusDeviceResetOccurred: 0x2903,
  ModeParametersChanged: 0x2a01,
  ReservationsPreempted: 0x2a03,
  ReservationsReleased: 0x2a04,
  RegistrationsPreempted: 0x2a05,
  CapacityChanged: 0x2a09,
  SavingParametersNotSupported: 0x3900,
  MediumNotPresent: 0x3a00,
  LogicalUnitFailure: 0x3e01,
  InternalTargetFailure: 0x4400,
  DataPhaseError: 0x4b00,
  MediumRemovalPrevented: 0x5302,
  InsufficientRegistrationResources: 0x5504,
  CopyTargetDeviceNotReachable: 0x0d02,
} as const;

export type Sense = {
  key: number;
  asc: number;
  /** The first bad LBA, the offset of a miscompare: what the command's standard says. */
  information?: number | undefined;
  /** Which byte of the CDB or of the parameter list is wrong (SPC-4 4.5.2.4.2). */
  field?: { inCdb: boolean; byte: number; bit?: number | undefined } | undefined;
};

export const invalidCdbField = (byte: number, bit?: number): Sense => ({
  key: SenseKey.IllegalRequest,
  asc: Asc.InvalidFieldInCdb,
  field: { inCdb: true, byte, bit },
});

export const invalidParameter = (byte: number, bit?: number): Sense => ({
  key: SenseKey.IllegalRequest,
  asc: Asc.InvalidFieldInParameterList,
  field: { inCdb: false, byte, bit },
});

export const illegalRequest = (asc: number): Sense => ({ key: SenseKey.IllegalRequest, asc });

const VALID = 0x80;

/** Fixed (70h) or descriptor (72h) format, by the control mode page's D_SENSE. */
export function formatSense(sense: Sense, descriptor: boolean): Uint8Array {
  return descriptor ? descriptorFormat(sense) : fixedFormat(sense);
}

/** SPC-4 4.5.3. */
function fixedFormat(sense: Sense): Uint8Array {
  const b = new Uint8Array(18);
  b[0] = 0x70;
  b[2] = sense.key;
  if (sense.information !== undefined && sense.information <= 0xffffffff) {
    b[0] |= VALID;
    putU32(b, 3, sense.information);
  }
  b[7] = b.length - 8;
  putU16(b, 12, sense.asc);
  if (sense.field) putFieldPointer(b, 15, sense.field);
  return b;
}

/** SPC-4 4.5.2. */
function descriptorFormat(sense: Sense): Uint8Array {
  const descriptors: Uint8Array[] = [];
  if (sense.information !== undefined) {
    const d = new Uint8Array(12);
    d.set([0x00, 0x0a, VALID]);
    putU64(d, 4, sense.information);
    descriptors.push(d);
  }
  if (sense.field) {
    const d = new Uint8Array(8);
    d.set([0x02, 0x06]);
    putFieldPointer(d, 4, sense.field);
    descriptors.push(d);
  }
  const body = Buffer.concat(descriptors);
  const head = new Uint8Array(8);
  head[0] = 0x72;
  head[1] = sense.key;
  putU16(head, 2, sense.asc);
  head[7] = body.length;
  return Buffer.concat([head, body]);
}

function putFieldPointer(b: Uint8Array, at: number, field: NonNullable<Sense['field']>): void {
  b[at] = 0x80 | (field.inCdb ? 0x40 : 0) | (field.bit === undefined ? 0 : 0x08 | field.bit);
  putU16(b, at + 1, field.byte);
}
