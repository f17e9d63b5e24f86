/**
 * The file operations that volumes need, as an interface, so that a test can stand between the volumes and the
 * disk: count the calls, or lose those that were not synced.
 */
export interface FileLayer {
  /** A new, empty file; fails when it exists. It is durable only after its own `sync` and `syncFolder`. */
  create(path: string): Promise<StoredFile>;
  open(path: string, writable: boolean): Promise<StoredFile>;
  /** Removing what is absent is no error. */
  remove(path: string): Promise<void>;
  list(folder: string): Promise<string[]>;
  /** Bytes that the file takes on the disk; holes count nothing. */
  allocatedBytes(path: string): Promise<number>;
  syncFolder(folder: string): Promise<void>;
}

export interface StoredFile {
  /** Fills `into` from `position`; resolves with the bytes read, fewer only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** The same at once, waiting for the disk if it must; false when `into` could not be filled. */
  readNow?(into: Uint8Array, position: number): boolean;
  /** Resolves when the operating system has all of `data`. Durable only after `sync`. */
  write(data: Uint8Array, position: number): Promise<void>;
  /** The same at once; false when not all of it was written. */
  writeNow?(data: Uint8Array, position: number): boolean;
  /** Gives the space of a range back to the file system; it then reads as zeros. Absent: this cannot be done here. */
  punch?(position: number, lengthBytes: number): Promise<void>;
  /** Holes smaller than this are not worth their cost. */
  readonly minHoleBytes?: number;
  truncate(sizeBytes: number): Promise<void>;
  /** Durable when resolved: everything whose `write` had resolved before the call. */
  sync(): Promise<void>;
  size(): Promise<number>;
  /** Waits for operations under way. */
  close(): Promise<void>;
}
