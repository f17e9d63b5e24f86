/** What a logical unit stores its blocks in. `libraries/volumes` satisfies it by its shape alone. */
export type Disk = {
  /** Stable for the life of the data: the initiator's device identifiers are made from it. */
  readonly id: string;
  /** A multiple of 512. */
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  /** Fills `into` whole, or rejects. */
  read(offsetBytes: number, into: Uint8Array): Promise<void>;
  /** `data` is the caller's again once the promise settles. `ENOSPC` (or `EDQUOT`, `*_full`) says that space is out. */
  write(offsetBytes: number, data: Uint8Array): Promise<void>;
  /** Everything written before the call survives a power loss once it resolves. */
  flush(): Promise<void>;
  /** The range reads as zeros from then on, and its space may be freed. */
  discard?(offsetBytes: number, lengthBytes: number): Promise<void>;

  // What follows makes it faster or tells more; all of it may be missing.

  /**
   * Puts `lengthBytes` bytes into `into` from `at` on and returns true when they are in memory, so that it takes no
   * waiting for a device; else returns false. Every session stands still meanwhile: when in doubt, false. (An offset
   * rather than a subarray: this is the hottest call, and a view each time is a tenth of its cost.)
   */
  readNow?(offsetBytes: number, into: Uint8Array, at: number, lengthBytes: number): boolean;
  /** As `readNow`, for a write that lands in memory. It may throw what `write` would reject with. */
  writeNow?(offsetBytes: number, data: Uint8Array): boolean;
  /** Whether space is allocated at `offsetBytes`, and for how many bytes on that holds (1 to `lengthBytes`). */
  allocated?(offsetBytes: number, lengthBytes: number): Promise<{ allocated: boolean; lengthBytes: number }>;
};

/** Logical block. */
export const BLOCK = 512;
/** What the initiator is told to align to, unless its target says otherwise: the volumes' block. */
export const PHYSICAL_BLOCK = 4096;
