export type { Kind } from './catalog.ts';
export type { CheckResult, Problem } from './check.ts';
export type { Disk, OpenDisk } from './disk.ts';
export { VolumeError, type VolumeErrorCode } from './errors.ts';
export { BLOCK_BYTES, SECTOR_BYTES } from './geometry.ts';
export type { ImportOptions, Progress, TransferOptions } from './import.ts';
export type { VolumeInfo } from './info.ts';
export { type StoreOptions, type Verdict, VolumeStore } from './store.ts';
