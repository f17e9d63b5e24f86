/** iSCSI target: serve disks to bare-metal servers. See README.md. */
export { type LatencySnapshot, quantileUs } from './accounting/histogram.ts';
export { trafficSvg, trafficText } from './accounting/plot.ts';
export type { TrafficPoint } from './accounting/timeline.ts';
export { formatTrace, parseTrace, type TracedOperation } from './accounting/trace.ts';
export type { DiskOperation, TrafficSnapshot } from './accounting/traffic.ts';
export { FileDisk } from './disks/file-disk.ts';
export { FileReservations } from './disks/file-reservations.ts';
export { MemoryDisk } from './disks/memory-disk.ts';
export { IscsiError, PduError } from './errors.ts';
export type { ChapCredentials } from './login/chap.ts';
export { LoginStatus } from './pdu/login.ts';
export type { Limits } from './scheduling/gate.ts';
export type { CacheFigures, Disk } from './scsi/disk.ts';
export type { ReservationState } from './scsi/persistent-reservations.ts';
export type { ReservationStore } from './scsi/reservation-store.ts';
export { IscsiServer, type ServerOptions } from './server.ts';
export type { EndReason } from './session/session.ts';
export type { LoginRefused, SessionInfo, TargetStats } from './session-info.ts';
export {
  type Portal,
  type Served,
  type ServeFileOptions,
  type ServeOptions,
  serveDisk,
  serveFile,
} from './standalone.ts';
export type { TargetOptions } from './target.ts';
export type { FileTarget } from './threads/messages.ts';
export { type ThreadedOptions, ThreadedServer } from './threads/threaded-server.ts';
