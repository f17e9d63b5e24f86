/**
 * What the server holds in memory with many sessions open, each of which has read and written: on clones of one image,
 * with the store's read cache (64 MB) besides.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LoadSession } from '../../libraries/iscsi/testing/load/load-session.ts';
import { LOADS, type Load, runLoad } from '../../libraries/iscsi/testing/load/loads.ts';
import { VolumeStore } from '../../libraries/volumes/index.ts';
import { startBullion } from './peers.ts';

const SESSIONS = 256;
/** A target has 32 sessions at most. */
const TARGETS = 16;

/** In MiB, at the end of each load: `streaming` is after every session wrote 256 KiB PDUs, eight at a time. */
export async function residentWithManySessions(
  folder: string,
  file: string,
  sizeBytes: number,
  ms: number,
): Promise<{ serving: number; streaming: number }> {
  const names = Array.from({ length: TARGETS }, (_, i) => `server-${i + 1}`);
  const server = await startBullion('volume', await clonesOf(file, folder, names), ...names);
  const sessions: LoadSession[] = [];
  const after = async (load: Load): Promise<number> => {
    await Promise.all(sessions.map((session) => runLoad(session, load, sizeBytes, ms)));
    return Math.round(await residentMiB(server.pid));
  };
  try {
    for (let i = 0; i < SESSIONS; i += 1) {
      const name = server.target.name.replace(/1$/, String((i % TARGETS) + 1));
      sessions.push(await LoadSession.open({ ...server.target, name }, `iqn.2026-01.org.example:node-${i}`));
    }
    const serving = Math.max(
      await after(LOADS.rand_read_qd1),
      await after(LOADS.seq_read),
      await after(LOADS.rand_write_flush_qd1),
    );
    return { serving, streaming: await after(LOADS.seq_write) };
  } finally {
    for (const session of sessions) session.close();
    await server.stop();
  }
}

async function residentMiB(pid: number): Promise<number> {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}

async function clonesOf(file: string, folder: string, names: readonly string[]): Promise<string> {
  const path = join(folder, 'memory-store');
  const store = await VolumeStore.open(path);
  try {
    await store.createImageFromFile('image', file);
    for (const name of names) await store.clone('image', name);
  } finally {
    await store.close();
  }
  return path;
}
