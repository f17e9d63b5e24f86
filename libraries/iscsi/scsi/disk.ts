/** What a logical unit stores its blocks in. `libraries/volumes` satisfies it by its shape alone. */
export type Disk = {
  /** Stable for the life of the data: the initiator's device identifiers are made from it. */
  readonly id: string;
  /** A multiple of 512. */
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  /** Fills `into` whole, or rejects. */
  read(offsetBytes: number, into: Uint8Array): Promise<void>;
  /**
   * `data` is the caller's again once the promise settles. A rejection whose `code` is `ENOSPC`, `EDQUOT`, `no-space`
   * or ends in `full` tells the initiator that space is out, rather than that the medium is broken.
   */
  write(offsetBytes: number, data: Uint8Array): Promise<void>;
  /** Everything written before the call survives a power loss once it resolves. */
  flush(): Promise<void>;
  /** The range reads as zeros from then on, and its space may be freed. */
  discard?(offsetBytes: number, lengthBytes: number): Promise<void>;

  // What follows makes it faster or tells more; all of it may be missing.

  /**
   * Fills `into` and returns true when the data is in memory, so that it takes no waiting for a device; else returns
   * false. Every session stands still meanwhile: when in doubt, false.
   */
  readNow?(offsetBytes: number, into: Uint8Array): boolean;
  /** As `readNow`, for a write that lands in memory. It may throw what `write` would reject with. */
  writeNow?(offsetBytes: number, data: Uint8Array): boolean;
  /** As `write`, and after a power loss all of `data` is there or nothing of it; on stable storage once it resolves. */
  writeAtomic?(offsetBytes: number, data: Uint8Array): Promise<void>;
  /** Whether space is allocated at `offsetBytes`, and for how many bytes on that holds (1 to `lengthBytes`). */
  allocated?(offsetBytes: number, lengthBytes: number): Promise<{ allocated: boolean; lengthBytes: number }>;
  /** Blocks asked for that a cache had, and that it had not. */
  cacheFigures?(): CacheFigures;
};

export type CacheFigures = { hits: number; misses: number };

/** Logical block. */
export const BLOCK = 512;
/** What the initiator is told to align to: the volumes' block, and a page of memory. */
export const PHYSICAL_BLOCK = 4096;
