/** One disk as initiators see it: its blocks, its state, and who is connected. Shared by all sessions of a target. */
import { codeOf, messageOf } from '../message.ts';
import { BLOCK, type Disk, PHYSICAL_BLOCK } from './disk.ts';
import { FlushGroup } from './flush-group.ts';
import { type Identity, identityOf } from './identity.ts';
import { LegacyReservation } from './legacy-reservation.ts';
import { ModePages } from './mode-pages.ts';
import type { Nexus } from './nexus.ts';
import { PersistentReservations } from './persistent-reservations.ts';
import { RangeLocks } from './range-locks.ts';
import { ReservationKeeper, type ReservationStore } from './reservation-store.ts';
import { Asc, type Sense, SenseKey } from './sense.ts';

export type LogicalUnitOptions = {
  readOnly?: boolean | undefined;
  /** The medium can be ejected and its removal prevented, as a CD's or an SD card's. */
  removable?: boolean | undefined;
  /** 4096 when left out. Initiators align to it; to 4096 bytes by the granularities of page B0 in any case. */
  physicalBlock?: 512 | 4096 | undefined;
  /** The name of the target port, for the Device Identification page. */
  portName: string;
  /** Where persistent reservations are kept. */
  reservations?: ReservationStore | undefined;
};

export class LogicalUnit {
  readonly disk: Disk;
  blocks: number;
  readonly physicalBlock: number;
  readonly removable: boolean;
  readonly identity: Identity;
  readonly portName: string;
  readonly mode = new ModePages();
  readonly ranges = new RangeLocks();
  readonly legacyReservation = new LegacyReservation();
  readonly reservations: PersistentReservations;
  /** Undefined: they end with the target. */
  readonly reservationKeeper: ReservationKeeper | undefined;
  readonly nexuses = new Set<Nexus>();
  /** Who forbids the medium's removal (SPC-4 6.14): one is enough. */
  readonly removalPreventedBy = new Set<Nexus>();
  mediumLoaded = true;
  /** Ends the tasks of these initiator ports (PREEMPT AND ABORT); the target, which knows the sessions, sets it. */
  abortTasksOf: (ports: readonly string[]) => void = () => undefined;
  readonly #readOnly: boolean;
  readonly #background = new Set<Promise<void>>();
  readonly #flushes: FlushGroup;

  constructor(disk: Disk, options: LogicalUnitOptions) {
    this.disk = disk;
    this.#flushes = new FlushGroup(() => disk.flush());
    this.blocks = Math.floor(disk.sizeBytes / BLOCK);
    this.physicalBlock = options.physicalBlock ?? PHYSICAL_BLOCK;
    this.#readOnly = disk.readOnly || options.readOnly === true;
    this.removable = options.removable === true;
    this.portName = options.portName;
    this.identity = identityOf(disk.id);
    this.reservations = new PersistentReservations((port, asc) => {
      for (const nexus of this.nexuses) if (nexus.port === port) nexus.attend(asc);
    });
    this.reservationKeeper =
      options.reservations && new ReservationKeeper(this.reservations, options.reservations);
  }

  get blocksPerPhysical(): number {
    return this.physicalBlock / BLOCK;
  }

  get thin(): boolean {
    return this.disk.discard !== undefined;
  }

  get writeProtected(): boolean {
    return this.#readOnly || this.mode.softwareWriteProtect;
  }

  /** Why a write is refused, when it is. */
  get protection(): Sense | undefined {
    if (this.#readOnly) return { key: SenseKey.DataProtect, asc: Asc.WriteProtected };
    if (this.mode.softwareWriteProtect) return { key: SenseKey.DataProtect, asc: Asc.SoftwareWriteProtected };
    return undefined;
  }

  /** Everything written before the call survives a power loss once it resolves. */
  flush(): Promise<void> {
    return this.#flushes.flush();
  }

  /** Work that goes on after its command was answered (IMMED); its failure is not reported anywhere. */
  background(work: Promise<unknown>): void {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#background.add(settled);
    void settled.then(() => this.#background.delete(settled));
  }

  /** Resolves when no such work is left. */
  async settled(): Promise<void> {
    await Promise.all(this.#background);
  }

  attach(nexus: Nexus): void {
    this.nexuses.add(nexus);
  }

  /** The nexus is lost: what was bound to it ends (SAM-5 6.3.4). Persistent reservations stay. */
  detach(nexus: Nexus): void {
    this.nexuses.delete(nexus);
    this.removalPreventedBy.delete(nexus);
    this.legacyReservation.release(nexus);
  }

  /** SAM-5 6.3.3: everything volatile goes back, and every initiator is told. */
  reset(): void {
    this.removalPreventedBy.clear();
    this.legacyReservation.clear();
    this.mode.reset();
    this.tellAll(Asc.BusDeviceResetOccurred);
  }

  /** SBC-3 4.10: the disk has another size than before. */
  resized(): void {
    const blocks = Math.floor(this.disk.sizeBytes / BLOCK);
    if (blocks === this.blocks) return;
    this.blocks = blocks;
    this.tellAll(Asc.CapacityChanged);
  }

  tellAll(asc: number, except?: Nexus): void {
    for (const nexus of this.nexuses) if (nexus !== except) nexus.attend(asc);
  }
}

/** The system's codes, and those that a library of disks may have of its own (`no-space`, `volume_full`). */
const OUT_OF_SPACE = /^(ENOSPC|EDQUOT|(\w+[-_])?no[-_]space|\w+[-_]full)$/;
const READ_ONLY = /^(EROFS|(\w+[-_])?read[-_]only)$/;

/** The sense data for a failure of the disk; `lba` is the first block of the command. */
export function senseOfDiskError(error: unknown, direction: 'read' | 'write', lba?: number): Sense {
  const code = codeOf(error);
  if (direction === 'write' && OUT_OF_SPACE.test(code)) {
    // SBC-3 4.7.3.6: the initiator learns that the thin volume is full, which is not a broken medium.
    return { key: SenseKey.DataProtect, asc: Asc.SpaceAllocationFailed };
  }
  if (direction === 'write' && READ_ONLY.test(code)) {
    return { key: SenseKey.DataProtect, asc: Asc.WriteProtected };
  }
  const asc = direction === 'read' ? Asc.UnrecoveredReadError : Asc.WriteError;
  return { key: SenseKey.MediumError, asc, information: lba };
}

/** For the server's log. */
export const describeDiskError = (error: unknown): string => {
  const code = codeOf(error);
  return code === '' ? messageOf(error) : `${code}: ${messageOf(error)}`;
};
