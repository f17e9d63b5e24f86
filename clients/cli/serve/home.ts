/** The folder of the services in the home, and the mark that one process has them open. */
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BullionError } from '@bullion/service/errors';

export const serviceFolder = (home: string): string => join(home, 'service');

/** Holds the process that a person would end: `make clean` does. */
export const pidFile = (home: string): string => join(serviceFolder(home), 'pid');

export function makeServiceFolder(home: string): string {
  const folder = serviceFolder(home);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  return folder;
}

export type Lock = { release(): void };

/**
 * Makes sure that no other process has these databases open: two reconcilers would work against each other. SQLite's
 * own lock ends with the process, however it ends, and holds across network namespaces. Throws `already_served`.
 */
export function lockServices(home: string): Lock {
  const path = join(makeServiceFolder(home), 'lock.db');
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
  } catch (cause) {
    database.close();
    throw new BullionError('conflict', 'already_served', `Another \`bullion serve\` runs on ${home}.`, {
      hint: `End it first (its process is in ${pidFile(home)}), or take another home: --home FOLDER.`,
      cause,
    });
  }
  return { release: () => database.close() };
}

export function writePid(home: string): () => void {
  const path = pidFile(home);
  writeFileSync(path, `${process.pid}\n`);
  return () => rmSync(path, { force: true });
}

const LOG_BYTES = 16 * 1024 * 1024;

/** The log file. At a start a long one makes room; the one before it is kept. */
export function logFile(home: string): string {
  const path = join(makeServiceFolder(home), 'log.jsonl');
  if (existsSync(path) && statSync(path).size > LOG_BYTES) renameSync(path, `${path}.1`);
  writeFileSync(path, '', { flag: 'a', mode: 0o600 });
  return path;
}
