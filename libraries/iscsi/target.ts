/** A target: one disk, who may use it, and the sessions on it. */
import { Access } from './access.ts';
import { type DiskOperation, Traffic } from './accounting/traffic.ts';
import { IscsiError } from './errors.ts';
import type { ChapCredentials } from './login/chap.ts';
import { checkName } from './names.ts';
import { Gate, type Limits } from './scheduling/gate.ts';
import { BLOCK, type Disk } from './scsi/disk.ts';
import { LogicalUnit } from './scsi/logical-unit.ts';
import type { ReservationStore } from './scsi/reservation-store.ts';
import type { Session, SessionTarget } from './session/session.ts';

export type TargetOptions = {
  /** The iSCSI name, e.g. iqn.2026-01.org.example:disk-1. */
  name: string;
  disk: Disk;
  /** Names of the initiators that may log in; all when left out. */
  initiators?: readonly string[] | undefined;
  /** Addresses or networks (10.0.0.7, 10.1.0.0/24, fd00::/64) that may connect; all when left out. */
  addresses?: readonly string[] | undefined;
  chap?: ChapCredentials | undefined;
  readOnly?: boolean | undefined;
  removable?: boolean | undefined;
  /** In bytes; 4096 when left out. */
  physicalBlock?: 512 | 4096 | undefined;
  /** Of all its sessions together; `IscsiServer.limit` changes them later. */
  limits?: Limits | undefined;
  /** Whatever its statistics are to be told apart by: volume, node, lease. */
  tags?: Readonly<Record<string, string>> | undefined;
  /** Where persistent reservations are kept, so that they outlive the server. */
  reservations?: ReservationStore | undefined;
  /** Hears of every command that moved data or flushed, when it is answered. Called on the hot path. */
  observe?: ((operation: DiskOperation) => void) | undefined;
};

const PORTAL_GROUP = '0x0001';

export class Target implements SessionTarget {
  readonly name: string;
  readonly unit: LogicalUnit;
  readonly access: Access;
  readonly chap: ChapCredentials | undefined;
  readonly sessions = new Set<Session>();
  readonly traffic: Traffic;
  readonly gate = new Gate();
  readonly tags: Readonly<Record<string, string>>;
  /** Set once it is being taken away: nobody gets in any more. */
  removal: Promise<void> | undefined;

  /** Throws an IscsiError on a bad name, address, secret or disk. */
  constructor(options: TargetOptions) {
    this.name = checkName(options.name, 'target');
    const { sizeBytes } = options.disk;
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes % BLOCK !== 0) {
      throw new IscsiError('disk_size_invalid', `The disk of ${this.name} has ${sizeBytes} bytes.`, {
        hint: `A disk has a whole number of blocks of ${BLOCK} bytes, and at least one.`,
      });
    }
    this.access = new Access(options);
    this.chap = options.chap && checkChap(options.chap);
    this.traffic = new Traffic(options.observe);
    this.tags = { ...options.tags };
    if (options.limits) this.gate.limit(options.limits);
    this.unit = new LogicalUnit(options.disk, {
      readOnly: options.readOnly,
      removable: options.removable,
      physicalBlock: options.physicalBlock,
      reservations: options.reservations,
      portName: `${this.name},t,${PORTAL_GROUP}`,
    });
    this.unit.abortTasksOf = (ports) => {
      for (const session of this.sessions)
        if (ports.includes(session.nexus.port)) void session.tasks.abortAll();
    };
  }
}

/** RFC 7143 12.1.3: secrets of at least 96 bits, and different ones for the two directions. */
function checkChap(chap: ChapCredentials): ChapCredentials {
  const MIN = 12;
  const secrets = [chap.secret, ...(chap.mutual ? [chap.mutual.secret] : [])];
  if (secrets.some((secret) => Buffer.byteLength(secret) < MIN)) {
    throw new IscsiError('chap_secret_too_short', `A CHAP secret has fewer than ${MIN} bytes.`, {
      hint: `Initiators refuse secrets of fewer than ${MIN} bytes; choose a longer one.`,
    });
  }
  if (chap.mutual && chap.mutual.secret === chap.secret) {
    throw new IscsiError('chap_secrets_equal', 'Both directions of CHAP have the same secret.', {
      hint: 'Choose another secret for the target: with one secret each side could answer its own question.',
    });
  }
  if (chap.user === '' || chap.mutual?.user === '') {
    throw new IscsiError('chap_user_missing', 'A CHAP user has no name.', { hint: 'Give it one.' });
  }
  return chap;
}
