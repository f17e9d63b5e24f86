/**
 * Which storage this service keeps its disks in, written down at the first start: the rows of the database name disks of
 * that one, and every disk in it that no row names is deleted as rubbish. So a service never begins on another storage
 * while it has disks, nor on one that somebody else has disks in.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BullionError } from '@bullion/service';
import type { Storage } from './storage.ts';

export type StorageRecord = {
  /** As `--storage` has it, without what may change from one start to the next. */
  readonly place: string;
  /** By which a storage that several services can reach knows this one. */
  readonly owner: string;
};

/** What there was before anything was written down. */
export const DEFAULT_PLACE = 'folder';

const fileIn = (folder: string) => join(folder, 'storage.json');

export function readRecord(folder: string): StorageRecord {
  try {
    return JSON.parse(readFileSync(fileIn(folder), 'utf8')) as StorageRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { place: DEFAULT_PLACE, owner: randomUUID() };
  }
}

export function writeRecord(folder: string, record: StorageRecord): void {
  const path = fileIn(folder);
  writeFileSync(`${path}.new`, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

/** Throws `storage_changed`. */
export function requireNoDisks(record: StorageRecord, place: string, disks: number): void {
  if (record.place === place || disks === 0) return;
  throw new BullionError(
    'conflict',
    'storage_changed',
    `This service keeps ${disks} images and volumes in ${record.place}, not in ${place}.`,
    { hint: `Start it with --storage ${record.place}, or delete them there first.` },
  );
}

/** Throws `storage_not_empty`. */
export async function requireEmpty({ name, volumes }: Storage): Promise<void> {
  const [first, ...more] = await volumes.list();
  if (first === undefined) return;
  throw new BullionError(
    'conflict',
    'storage_not_empty',
    `There are ${more.length + 1} disks in ${name} that this service did not make, such as ${first.name}.`,
    { hint: 'Give it a storage of its own: it deletes there what it does not know.' },
  );
}
