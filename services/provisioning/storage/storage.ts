/**
 * Where disks are kept and how they reach nodes, whatever it is made of. A file here implements it for one kind of
 * storage; nothing outside of this folder asks which kind it is.
 */
import { BullionError, type Logger } from '@bullion/service';
import type { Exporter, VolumeDriver } from '@bullion/volumes';

/**
 * What not every storage can do:
 *
 *   logins   tells of every login at a target
 */
export type Capability = 'logins';

export interface Storage {
  /** For people: "the Ceph pool volumes". */
  readonly name: string;
  readonly volumes: VolumeDriver;
  readonly exporter: Exporter;
  readonly can: ReadonlySet<Capability>;
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
export function requireCapability({ can, name }: Storage, capability: Capability, tried: string): void {
  if (can.has(capability)) return;
  throw new BullionError('conflict', 'storage_incapable', `${tried} is not possible on ${name}.`, {
    hint: "The operator's guide says what each storage can do: a folder can do everything.",
    details: { capability },
  });
}
