/**
 * Where disks are kept and how they reach nodes, whatever it is made of. A file here implements it for one kind of
 * storage; nothing outside of this folder asks which kind it is.
 */
import type { TargetStats } from '@bullion/iscsi';
import { BullionError, type Logger } from '@bullion/service';
import type { Exporter, OpenDisk, VolumeDriver } from '@bullion/volumes';

/** Told of every login at a target: what not every storage can do, and has no function of its own here. */
export type Capability = 'logins';

export type Disk = { read(offset: number, into: Uint8Array): Promise<void>; close(): Promise<void> };

export interface Storage {
  /** For people: "the Ceph pool volumes". */
  readonly name: string;
  readonly volumes: VolumeDriver;
  readonly exporter: Exporter;
  readonly can: ReadonlySet<Capability>;
  /** Where this process can read disks itself. */
  open?(name: string): Promise<Disk>;
  /** Likewise, a volume that no target has open. */
  openToWrite?(name: string): Promise<OpenDisk>;
  /** Likewise: the disk behind a target; undefined where that is closed. It is closed with the target. */
  diskOf?(target: string): Pick<Disk, 'read'> | undefined;
  /** Where what was deleted is kept for a while. */
  undelete?(name: string): Promise<unknown>;
  /** What has gone through a target since it was added, where this is counted; undefined where the target is closed. */
  traffic?(target: string): TargetStats | undefined;
  /** Closes the targets, flushed, then the volumes. */
  close(): Promise<void>;
}

/** `isid` is of the initiator's session (RFC 7143 section 4.2.7). */
export type Login = { target: string | undefined; isid: string };

export type StorageContext = {
  /** The service's own folder. */
  readonly folder: string;
  /** Who this service is to a storage that others can reach as well. */
  readonly owner: string;
  readonly log: Logger;
  readonly onLogin: (login: Login) => void;
};

/** Throws `storage_incapable`. `tried` is what needs it: "Following a disk that boots by itself". */
export function requireCapability(storage: Storage, capability: Capability, tried: string): void {
  if (!storage.can.has(capability)) throw incapable(storage, tried);
}

/** Throws `storage_incapable` likewise. */
export function abilityOf<Name extends 'open' | 'openToWrite' | 'undelete'>(
  storage: Storage,
  name: Name,
  tried: string,
): NonNullable<Storage[Name]> {
  const ability = storage[name];
  if (!ability) throw incapable(storage, tried);
  return ability;
}

const incapable = ({ name }: Storage, tried: string) =>
  new BullionError('conflict', 'storage_incapable', `${tried} is not possible on ${name}.`, {
    hint: "The operator's guide says what each storage can do: a folder can do everything.",
  });
