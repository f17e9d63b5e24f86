/** One raw file, or a clone of a clone of it, served by ours and by tgt in turns, under each load. */
import { randomFillSync } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { LoadSession } from '../../libraries/iscsi/testing/load/load-session.ts';
import { LOADS, type LoadName, runLoad } from '../../libraries/iscsi/testing/load/loads.ts';
import { VolumeStore } from '../../libraries/volumes/index.ts';
import { type Server, startBullion, startTgt } from './peers.ts';

export type Contestant = 'bullion' | 'clone' | 'tgt' | 'tgt_durable';

const READS: LoadName[] = ['rand_read_qd32', 'rand_read_qd1', 'seq_read'];
const WRITES: LoadName[] = ['seq_write', 'rand_write_qd32'];
const FLUSHED: LoadName[] = ['rand_write_flush', 'rand_write_flush_qd8', 'rand_write_flush_qd1'];
/** Of a contestant in a round, for each load. */
const TURNS = 3;
const ALL = [...READS, ...WRITES, ...FLUSHED];

/** What each is measured with: a load with flushes against the tgt that keeps the same promise. */
const COURSE: Record<Contestant, LoadName[]> = {
  bullion: ALL,
  clone: ALL,
  tgt: [...READS, ...WRITES, ...FLUSHED],
  tgt_durable: FLUSHED,
};

export type Rates = Record<Contestant, Partial<Record<LoadName, number[]>>>;

export type ComparisonOptions = {
  folder: string;
  sizeBytes: number;
  rounds: number;
  ms: number;
  /** Whether this load's figure is asked for. */
  wants(load: string): boolean;
  say(text: string): void;
};

export async function compare(options: ComparisonOptions): Promise<Rates> {
  const { folder, sizeBytes, rounds } = options;
  const file = join(folder, 'disk.raw');
  await fill(file, sizeBytes);
  const store = await cloneOfClone(join(folder, 'store'), file);
  const start: Record<Contestant, () => Promise<Server>> = {
    bullion: () => startBullion('file', file),
    clone: () => startBullion('volume', store, 'server'),
    tgt: () => startTgt([file]),
    tgt_durable: () => startTgt([file], { durable: true }),
  };
  const rates: Rates = { bullion: {}, clone: {}, tgt: {}, tgt_durable: {} };
  const names = Object.keys(start) as Contestant[];
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? names : names.toReversed();
    const runners: Runner[] = [];
    try {
      for (const name of order) runners.push(await ready(name, await start[name](), options));
      for (const load of ALL.filter(options.wants)) await runRound(load, runners, rates, options);
    } finally {
      for (const { session, server } of runners) {
        session.close();
        await server.stop();
      }
    }
    options.say(`round ${round + 1} of ${rounds} done`);
  }
  return rates;
}

type Runner = { name: Contestant; server: Server; session: LoadSession };

/** Everybody gets to see the whole of it before time is taken. */
async function ready(
  name: Contestant,
  server: Server,
  { sizeBytes, ms }: ComparisonOptions,
): Promise<Runner> {
  const session = await LoadSession.open(server.target, 'iqn.2026-01.org.example:bench');
  await runLoad(session, LOADS.seq_read, sizeBytes, Math.max(500, ms));
  return { name, server, session };
}

/**
 * One load in short turns, one contestant after the other: a machine that shares its host is for minutes half as fast
 * as before, and what is compared must have met the same machine.
 */
async function runRound(
  load: LoadName,
  runners: Runner[],
  rates: Rates,
  { sizeBytes, ms, say }: ComparisonOptions,
): Promise<void> {
  const sums = new Map<Contestant, number>();
  const racing = runners.filter(({ name }) => COURSE[name].includes(load));
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const { name, session } of turn % 2 === 0 ? racing : racing.toReversed()) {
      await runLoad(session, LOADS[load], sizeBytes, ms / TURNS / 5);
      const rate = await runLoad(session, LOADS[load], sizeBytes, ms / TURNS);
      sums.set(name, (sums.get(name) ?? 0) + rate);
      // What a load of writes left dirty is not the next one's burden.
      if (!READS.includes(load)) await runLoad(session, SETTLE, sizeBytes, 1);
    }
  }
  for (const [name, sum] of sums) {
    (rates[name][load] ??= []).push(sum / TURNS);
    say(`  ${load.padEnd(22)} ${name.padEnd(12)} ${Math.round(sum / TURNS)}/s`);
  }
}

const SETTLE = { name: 'settle', depth: 1, steps: () => [{ kind: 'flush' }] as const };

export async function fill(file: string, sizeBytes: number): Promise<void> {
  const handle = await open(file, 'w');
  try {
    const chunk = Buffer.allocUnsafe(1 << 20);
    for (let at = 0; at < sizeBytes; at += chunk.length) {
      randomFillSync(chunk, 0, 4096);
      await handle.write(chunk, 0, Math.min(chunk.length, sizeBytes - at));
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function cloneOfClone(folder: string, file: string): Promise<string> {
  const store = await VolumeStore.open(folder);
  try {
    await store.createImageFromFile('image', file);
    await store.clone('image', 'first');
    await store.snapshot('first', 'middle');
    await store.clone('middle', 'server');
  } finally {
    await store.close();
  }
  return folder;
}
