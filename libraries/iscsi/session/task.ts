/** One SCSI command on its way: its data, and where it stands. */

import type { OperationKind } from '../accounting/traffic.ts';
import type { ScsiCommand } from '../pdu/scsi-command.ts';
import type { Plan, Reply } from '../scsi/reply.ts';

export type Burst = {
  /** The R2T's tag. */
  ttt: number;
  /** Where the burst ends in the command's data. */
  end: number;
};

export class Task {
  readonly command: ScsiCommand;
  readonly itt: number;
  readonly lun: number;
  /** Bytes the initiator will send, or takes, at most (Expected Data Transfer Length). */
  readonly expectedOut: number;
  readonly expectedIn: number;
  /** By performance.now(). */
  readonly startedAt: number;

  plan: Plan | undefined;
  /** What is counted when it ends well, and where on the disk it was; undefined: nothing. */
  kind: OperationKind | undefined;
  offset = 0;
  length = 0;
  /** What is answered once the unsolicited data has passed. */
  reply: Reply | undefined;
  state: 'waiting' | 'collecting' | 'running' | 'ended' = 'waiting';
  aborted = false;
  /** For those who wait until an aborted task has come to rest. */
  atRest: PromiseWithResolvers<void> | undefined;

  /** Holds the data that is wanted, from its start; `data` is a pooled buffer and may be longer. */
  data: Buffer | undefined;
  /** How many bytes the command takes: at most `expectedOut`. */
  wanted = 0;
  /** Bytes that have come, in order, those that are thrown away included. */
  received = 0;
  /** More unsolicited Data-Out PDUs are on their way. */
  unsolicited: boolean;
  burst: Burst | undefined;
  /** Of the next Data-Out in the present sequence. */
  dataSn = 0;
  r2tSn = 0;
  /** Bytes taken from the session's budget. */
  reserved = 0;
  /** Bytes that count as waiting for the disk. */
  counted = 0;
  /** For finding tasks whose data does not come. */
  progressAt: number;

  /** Its way to the disk is counted and limited. */
  get usesDisk(): boolean {
    return this.expectedIn + this.expectedOut > 0 || this.isFlush;
  }

  /** SYNCHRONIZE CACHE (10) or (16). */
  get isFlush(): boolean {
    return this.command.cdb[0] === 0x35 || this.command.cdb[0] === 0x91;
  }

  constructor(command: ScsiCommand) {
    this.command = command;
    this.itt = command.itt;
    this.lun = command.lun;
    this.expectedOut = command.write ? command.expectedLength : 0;
    this.expectedIn = command.read && !command.write ? command.expectedLength : 0;
    this.unsolicited = command.write && !command.final;
    this.startedAt = performance.now();
    this.progressAt = Date.now();
  }
}
