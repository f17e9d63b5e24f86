import type { Verdict, VolumeInfo } from './info.ts';
import type { ImportOptions, TransferOptions } from './options.ts';

/**
 * What a storage of volumes can do, wherever it keeps them: `VolumeStore` on a local folder, `RbdStore` on Ceph. Names
 * share one space; errors are `VolumeError`s with the same codes. How an initiator reaches a volume is not in here:
 * that is an `Exporter`'s affair, since for Ceph no data passes through this process.
 *
 * A name that others need (`children` in its info) cannot be deleted, and the refusal names them. Who needs whom
 * differs: a local volume stands on its snapshot, while a snapshot in RBD lives inside its volume.
 */
export interface VolumeDriver {
  createImageFromFile(name: string, path: string, options?: ImportOptions): Promise<VolumeInfo>;
  /** Of content that is there already, known by its hash alone; undefined where it is not. */
  createImageFromContent(name: string, sha256: string): Promise<VolumeInfo | undefined>;
  createVolume(name: string, sizeBytes: number): Promise<VolumeInfo>;
  clone(source: string, name: string, options?: { sizeBytes?: number }): Promise<VolumeInfo>;
  snapshot(volume: string, name: string): Promise<VolumeInfo>;
  /** To a snapshot of that volume; the volume is not open. */
  rollback(volume: string, to: string): Promise<VolumeInfo>;
  grow(volume: string, sizeBytes: number): Promise<VolumeInfo>;
  /** Copies into a volume what it stands on; called again after a failure it goes on. */
  flatten(volume: string, options?: TransferOptions): Promise<VolumeInfo>;
  seal(volume: string): Promise<VolumeInfo>;
  delete(name: string): Promise<void>;
  list(): Promise<VolumeInfo[]>;
  get(name: string): Promise<VolumeInfo>;
  verify(name: string, options?: TransferOptions): Promise<Verdict>;
  exportRaw(name: string, path: string, options?: TransferOptions): Promise<void>;
  close(): Promise<void>;
}

export interface ExportedTarget {
  /** Its iSCSI name. */
  readonly name: string;
  /** The volume, image or snapshot behind it; the latter two are served read-only. */
  readonly volume: string;
  /**
   * iSCSI names, and IP addresses, of those who may log in. Our own target asks for both; tgt can ask for one, and asks
   * for the address where there is one, since a name is only claimed.
   */
  readonly initiators: readonly string[];
  readonly addresses: readonly string[];
  /** One-way CHAP. */
  readonly chap?: { readonly user: string; readonly secret: string };
}

/** An address that initiators come to. */
export interface Portal {
  readonly host: string;
  readonly port: number;
}

/** Serves volumes over iSCSI, each as a disk of a target of its own; targets come and go while others are in use. */
export interface Exporter {
  /** Opens a portal; the targets that are to be found at once are added before. */
  listen(portal: Portal): Promise<void>;
  /** Does nothing where the target is there already. */
  add(target: ExportedTarget): Promise<void>;
  /** Ends its sessions and lets its volume go, flushed. Does nothing where there is none of this name. */
  remove(name: string): Promise<void>;
  /** Names of the targets that are open now. */
  targets(): string[];
  close(): Promise<void>;
}
