/**
 * A boot storm: many initiators replay one recorded boot at the same time, ours from clones of one image, tgt's from
 * sparse copies of the same disk. The disk holds data wherever the trace reads, so nobody reads holes; the files are
 * dropped from the page cache before each run.
 */
import { execFile } from 'node:child_process';
import { open, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseTrace, type TracedOperation } from '../../libraries/iscsi/index.ts';
import { LoadSession } from '../../libraries/iscsi/testing/load/load-session.ts';
import { replay } from '../../libraries/iscsi/testing/load/replay.ts';
import { VolumeStore } from '../../libraries/volumes/index.ts';
import { type Server, startBullion, startTgt } from './peers.ts';

const run = promisify(execFile);
const TRACE = join(import.meta.dirname, '../traces/golden-boot.trace');
const BLOCK = 4096;

export type StormOptions = {
  folder: string;
  initiators: number;
  rounds: number;
  say(text: string): void;
};

export type StormResult = {
  /** Seconds of each round. */
  bullion: number[];
  tgt: number[];
  /** Bytes that ours read from the disk, over the bytes that the trace reads, each counted once. */
  readAmplification: number[];
};

export async function storm(options: StormOptions): Promise<StormResult> {
  const { folder, initiators, rounds, say } = options;
  const trace = parseTrace(await readFile(TRACE, 'utf8'));
  const touched = blocksOf(trace);
  const uniqueRead = blocksOf(trace.filter(({ kind }) => kind === 'read')).size * BLOCK;
  const image = join(folder, 'image.raw');
  await sparseDisk(image, trace, touched);
  const store = join(folder, 'storm-store');
  const names = Array.from({ length: initiators }, (_, i) => `server-${i + 1}`);
  const volumes = await VolumeStore.open(store);
  await volumes.createImageFromFile('image', image);
  for (const name of names) await volumes.clone('image', name);
  await volumes.close();
  const copies = names.map((name) => join(folder, `${name}.raw`));
  for (const copy of copies) await run('cp', ['--sparse=always', image, copy]);
  await run('sync', []);

  const result: StormResult = { bullion: [], tgt: [], readAmplification: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const who of round % 2 === 0 ? (['bullion', 'tgt'] as const) : (['tgt', 'bullion'] as const)) {
      await run('sh', [
        '-c',
        'for f in "$@"; do dd if="$f" iflag=nocache count=0 status=none; done',
        'sh',
        ...(await filesOf(folder)),
      ]);
      const server =
        who === 'bullion' ? await startBullion('volume', store, ...names) : await startTgt(copies);
      try {
        const before = await readBytes(server.pid);
        const seconds = await together(server, initiators, trace);
        result[who].push(seconds);
        const read = (await readBytes(server.pid)) - before;
        if (who === 'bullion') result.readAmplification.push(read / uniqueRead);
        say(
          `  boot storm of ${initiators}  ${who.padEnd(8)} ${seconds.toFixed(2)} s, ${(read / 2 ** 20).toFixed(0)} MiB from the disk`,
        );
      } finally {
        await server.stop();
      }
    }
  }
  return result;
}

async function together(server: Server, count: number, trace: readonly TracedOperation[]): Promise<number> {
  const sessions = await Promise.all(
    Array.from({ length: count }, (_, i) => {
      const name = server.target.name.replace(/1$/, String(i + 1));
      return LoadSession.open({ ...server.target, name }, `iqn.2026-01.org.example:node-${i + 1}`);
    }),
  );
  try {
    const begun = performance.now();
    await Promise.all(sessions.map((session) => replay(session, trace)));
    return (performance.now() - begun) / 1000;
  } finally {
    for (const session of sessions) session.close();
  }
}

function blocksOf(trace: readonly TracedOperation[]): Set<number> {
  const blocks = new Set<number>();
  for (const { kind, offset, length } of trace) {
    if (kind === 'flush') continue;
    for (let block = Math.floor(offset / BLOCK); block * BLOCK < offset + length; block += 1)
      blocks.add(block);
  }
  return blocks;
}

/** As long as the trace needs, with bytes (no zeros) wherever it goes. */
async function sparseDisk(
  path: string,
  trace: readonly TracedOperation[],
  blocks: Set<number>,
): Promise<void> {
  const end = trace.reduce((most, { offset, length }) => Math.max(most, offset + length), 0);
  const handle = await open(path, 'w');
  try {
    const data = Buffer.alloc(BLOCK);
    for (const block of blocks) {
      data.fill(block % 255 || 1);
      data.writeUInt32LE(block, 0);
      await handle.write(data, 0, BLOCK, block * BLOCK);
    }
  } finally {
    await handle.close();
  }
  await truncate(path, Math.ceil(end / 2 ** 20) * 2 ** 20);
}

async function filesOf(folder: string): Promise<string[]> {
  const { stdout } = await run('find', [folder, '-type', 'f', '-size', '+64k']);
  return stdout.trim().split('\n');
}

/** What the process made the disk read, so far. */
async function readBytes(pid: number): Promise<number> {
  return Number(/^read_bytes: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, 'utf8'))![1]);
}
