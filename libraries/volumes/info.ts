export type Kind = 'image' | 'snapshot' | 'volume';

/** An image (sealed, made to be cloned), a snapshot (sealed, of a volume) or a volume (live), as a caller sees it. */
export interface VolumeInfo {
  readonly name: string;
  readonly kind: Kind;
  /** Stable identity of the disk, 16 hexadecimal digits. */
  readonly id: string;
  readonly sizeBytes: number;
  /** The name of what this stands on; null for one that stands alone. */
  readonly parent: string | null;
  /** The names of what stands directly on this. */
  readonly children: readonly string[];
  /** How many stand directly on it or have it open; while there are any, it cannot be deleted. */
  readonly users: number;
  /** It is being made independent of its parent. */
  readonly flattening: boolean;
  /** Bytes that this one's own layer takes on the disk; what it shares with its parent is not in it. */
  readonly ownBytes: number;
  /** Bytes on the disk of all that it stands on; others may stand on it as well. */
  readonly sharedBytes: number;
  readonly createdAt: Date;
  /** Of the whole content; present for imported images and for what `verify` has read. */
  readonly sha256?: string;
}

/** What `verify` found. */
export interface Verdict {
  readonly name: string;
  readonly sha256: string;
  /** False: the content is not what it was when its hash was recorded. */
  readonly ok: boolean;
  /** The hash recorded before; absent when this was the first time, which recorded it. */
  readonly expected?: string;
}
