import type { FileLayer } from './system/file-layer.ts';

export interface StoreOptions {
  /** For tests that stand between the volumes and the disk. */
  readonly files?: FileLayer;
  /** Pages of block maps kept in memory for the whole folder; each is 4 KiB and maps 63 MiB. Default 4096: 16 MiB. */
  readonly mapCachePages?: number;
  /** Blocks of images and snapshots kept in memory for all that stand on them. Default 64 MiB; 0: none. */
  readonly readCacheBytes?: number;
  /** Room for small flushes; see journal.ts. Default 32 MiB; 0: every flush goes to its volume's own files. */
  readonly journalBytes?: number;
  /** For how long what was deleted can come back. Default a day; 0: not at all. */
  readonly undeleteMs?: number;
  /** How long after a layer was sealed its checksums are computed. Default one second. */
  readonly checksumDelayMs?: number;
}

export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface TransferOptions {
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

export interface ImportOptions extends TransferOptions {
  /** The size that the file should have, as its publisher announced it. */
  readonly expectedBytes?: number;
  /** The hash that it should have, as sha256sum prints it. */
  readonly expectedSha256?: string;
}
