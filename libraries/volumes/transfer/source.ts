import type { Progress } from '../options.ts';

export type Phase = 'fetching' | 'converting' | 'copying' | 'pushing';

export interface TransferProgress extends Progress {
  readonly phase: Phase;
}

export interface PrepareOptions {
  /** A folder for downloads and conversions; on the same disk as the volumes, or one as large. */
  readonly scratch: string;
  /** Names what is prepared, the same after a restart: by it a download that was cut off is found again. */
  readonly key: string;
  /** A source that claims, or turns out, to be larger is refused. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  /** Asked after an abort: the same call will come again, so that what was fetched is worth keeping. */
  readonly comesAgain?: () => boolean;
  readonly onProgress?: (progress: TransferProgress) => void;
}

/** A raw disk image on this machine. */
export interface Prepared {
  readonly path: string;
  /** Removes what was made for it; the source's own files stay. */
  release(): Promise<void>;
}

/**
 * Where an image comes from. Every source ends in one raw file, since that is what both storages read fastest, with
 * its holes, and what can be looked at before anything is written. A source that rejects with `aborted` has removed
 * what it made; after any other failure it may keep what a later call goes on from.
 */
export interface Source {
  /** For messages; without credentials. */
  readonly label: string;
  prepare(options: PrepareOptions): Promise<Prepared>;
}
