/**
 * What is kept of all logs together. A log goes when its time is over or its project is gone. Where all of them take more
 * than there is room for, the oldest files go of the project that keeps the most: nobody can print another project's logs
 * away.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../context.ts';
import { dropSegment } from './log-writer.ts';
import type { ConsoleOptions } from './options.ts';
import { segmentPath, segmentsOf, unlessAbsent } from './segment.ts';

/** Names of logs are allocations, which are UUIDs; nothing else in the folder is ours to delete. */
const LOG = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DAY_MS = 86_400_000;

type Kept = { folder: string; start: number; bytes: number; written: number };

/** One round. `live`: the allocations whose logs are being written. */
export async function sweepLogs(
  db: Database,
  folder: string,
  live: ReadonlySet<string>,
  { keepDays, totalBytes }: Pick<ConsoleOptions, 'keepDays' | 'totalBytes'>,
): Promise<void> {
  // Read first: a log that is begun after this has a row by the time that rows are read.
  const names = (await readdir(folder).catch(unlessAbsent<string[]>([]))).filter((name) => LOG.test(name));
  const old = new Date(Date.now() - keepDays * DAY_MS).toISOString();
  await db.deleteFrom('console_logs').where('ended_at', '<', old).execute();
  const rows = await db.selectFrom('console_logs').select(['allocation', 'project']).execute();
  const owners = new Map(rows.map(({ allocation, project }) => [allocation, project]));
  const projects = new Map<string, Kept[]>();
  for (const name of names) {
    const owner = owners.get(name);
    const log = join(folder, name);
    if (owner !== undefined) {
      const kept = projects.get(owner) ?? [];
      kept.push(...(await filesOf(log, live.has(name))));
      projects.set(owner, kept);
    } else if (!live.has(name)) await rm(log, { recursive: true, force: true });
  }
  await dropUntilFits([...projects.values()], totalBytes);
}

/** The files of a log; the last one is in use while the log is written. */
async function filesOf(folder: string, live: boolean): Promise<Kept[]> {
  const segments = await segmentsOf(folder);
  const closed = live ? segments.slice(0, -1) : segments;
  return await Promise.all(
    closed.map(async ({ start, bytes }) => {
      const found = await stat(segmentPath(folder, start)).catch(unlessAbsent(undefined));
      return { folder, start, bytes, written: found?.mtimeMs ?? 0 };
    }),
  );
}

async function dropUntilFits(projects: Kept[][], totalBytes: number): Promise<void> {
  const sizeOf = (files: Kept[]) => files.reduce((sum, { bytes }) => sum + bytes, 0);
  const shares = projects.map((files) => ({
    files: files.sort((a, b) => a.written - b.written),
    bytes: sizeOf(files),
  }));
  let total = shares.reduce((sum, { bytes }) => sum + bytes, 0);
  while (total > totalBytes) {
    const most = shares.reduce((a, b) => (b.bytes > a.bytes ? b : a));
    const oldest = most.files.shift();
    if (!oldest) return;
    await dropSegment(oldest.folder, oldest.start);
    most.bytes -= oldest.bytes;
    total -= oldest.bytes;
  }
}
