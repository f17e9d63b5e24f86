/** iSCSI target: serve disks to bare-metal servers. See README.md. */
export { FileDisk } from './disks/file-disk.ts';
export { MemoryDisk } from './disks/memory-disk.ts';
export { IscsiError, PduError } from './errors.ts';
export type { ChapCredentials } from './login/chap.ts';
export { LoginStatus } from './pdu/login.ts';
export type { Disk } from './scsi/disk.ts';
export { IscsiServer, type ServerOptions } from './server.ts';
export type { EndReason, TargetStats } from './session/session.ts';
export type { LoginRefused, SessionInfo } from './session-info.ts';
export { type ServedFile, type ServeFileOptions, serveFile } from './standalone.ts';
export type { TargetOptions } from './target.ts';
