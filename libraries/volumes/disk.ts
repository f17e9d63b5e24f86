/**
 * What a target needs of a disk. Offsets and lengths are bytes, multiples of 512; what reaches beyond the end is an
 * error (`out-of-range`). Operations may overlap freely.
 */
export interface Disk {
  /** Stable for the life of the volume, 16 hexadecimal digits: for serial numbers and NAA identifiers. */
  readonly id: string;
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  /** Fills `into`. */
  read(offsetBytes: number, into: Uint8Array): Promise<void>;
  /** `data` must not change until this has resolved. It is durable after a `flush` that is called then. */
  write(offsetBytes: number, data: Uint8Array): Promise<void>;
  /** When it resolves, every write and discard that had resolved before the call survives a power loss. */
  flush(): Promise<void>;
  /** The range reads as zeros from then on. */
  discard(offsetBytes: number, lengthBytes: number): Promise<void>;
}

/** Blocks of 4 KiB that were read from what is shared with others: from the shared cache, and not. */
export interface CacheFigures {
  readonly hits: number;
  readonly misses: number;
}

export interface Allocation {
  readonly allocated: boolean;
  /** At least 1, at most what was asked for. */
  readonly lengthBytes: number;
}

/** A disk that a store has opened. */
export interface OpenDisk extends Disk {
  readonly name: string;
  /**
   * Fills `into` at once and returns true when everything it needs is in memory, by what is known; otherwise returns
   * false, and `read` must be used. `read` tries this by itself: it is here for a caller that wants no promise.
   */
  readNow(offsetBytes: number, into: Uint8Array): boolean;
  /**
   * Writes at once and returns true when that means no waiting, by what is known; otherwise returns false, and `write`
   * must be used. `write` tries this too.
   */
  writeNow(offsetBytes: number, data: Uint8Array): boolean;
  cacheFigures(): CacheFigures;
  /** Whether anything is stored at `offsetBytes`, and for how many bytes on that holds; the rest shows zeros. */
  allocated(offsetBytes: number, lengthBytes: number): Promise<Allocation>;
  /** Flushes, waits for what is under way, and lets go of the volume. A second call does nothing. */
  close(): Promise<void>;
}
