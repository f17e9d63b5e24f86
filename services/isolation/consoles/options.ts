/** What a data centre may want otherwise about consoles; tests do. */
export type ConsoleOptions = {
  /** The wait before a lost console is tried again, in milliseconds; it doubles up to `retryMaxMs`. */
  retryMs: number;
  retryMaxMs: number;
  /** A log is cut into files of about so many bytes; the oldest is what is dropped first. */
  segmentBytes: number;
  /** What is kept of one log, and of all together. */
  logBytes: number;
  totalBytes: number;
  /** How long the log of a former allocation is kept, in days. */
  keepDays: number;
  /** How often that is looked after, in milliseconds. */
  sweepMs: number;
  /** The wait before writing is tried again after the disk refused, in milliseconds. */
  diskRetryMs: number;
  /** What a reader may be behind, in bytes. */
  lagBytes: number;
  /** How often a stream is asked for a sign of life, and its credentials are checked again, in milliseconds. */
  pingMs: number;
  checkMs: number;
  /** How long a ticket is good for, in milliseconds. */
  ticketMs: number;
  /** What one search may take before it answers with what it has: bytes read, and milliseconds. */
  searchBytes: number;
  searchMs: number;
};

const MIB = 1024 * 1024;

export const DEFAULTS: ConsoleOptions = {
  retryMs: 1000,
  retryMaxMs: 60_000,
  segmentBytes: 4 * MIB,
  logBytes: 64 * MIB,
  totalBytes: 16 * 1024 * MIB,
  keepDays: 90,
  sweepMs: 3_600_000,
  diskRetryMs: 5000,
  lagBytes: MIB,
  pingMs: 20_000,
  checkMs: 5000,
  ticketMs: 30_000,
  searchBytes: 32 * MIB,
  searchMs: 1000,
};
