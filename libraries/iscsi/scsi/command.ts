/** What one SCSI command is to the dispatcher. */
import type { LogicalUnit } from './logical-unit.ts';
import type { Nexus } from './nexus.ts';
import type { Plan } from './reply.ts';

export type CommandRequest = {
  /** At least 16 bytes. */
  cdb: Uint8Array;
  nexus: Nexus;
  /** How many bytes the initiator is going to send (its Expected Data Transfer Length for a write). */
  announced: number;
};

export type Command = {
  name: string;
  opcode: number;
  /** For operation codes that carry a service action in the low five bits of byte 1. */
  serviceAction?: number;
  /**
   * The CDB usage data of REPORT SUPPORTED OPERATION CODES (SPC-4 6.35.3), which has the CDB's length: a bit that is
   * set is one that we look at. Byte 0 is the operation code itself.
   */
  usage: readonly number[];
  /** What it does to the medium: decides reservation conflicts and write protection. */
  access: 'none' | 'read' | 'write';
  /** Answered in spite of a pending unit attention (SPC-4 5.10: INQUIRY, REPORT LUNS, REQUEST SENSE). */
  ignoresAttention?: true;
  /** Works without a medium. */
  needsNoMedium?: true;
  /** Works in spite of another's reservation, whatever `access` says (SPC-4 table 66). */
  ignoresReservation?: true;
  plan(unit: LogicalUnit, request: CommandRequest): Plan;
};

/** The number of a command's CDB bytes that REPORT SUPPORTED OPERATION CODES states. */
export const usageOf = (opcode: number, ...rest: number[]): readonly number[] => [opcode, ...rest];
