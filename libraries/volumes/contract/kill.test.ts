import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { VolumeStore } from '../index.ts';
import type { LogLine } from '../testing/crash-writer.ts';
import { randomFrom } from '../testing/random.ts';
import { SECTORS, SectorHistory, stampedSectors } from '../testing/sector-history.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const ROUNDS = Number(process.env.BULLION_KILL_ROUNDS ?? 12);
const VOLUMES = ['v0', 'v1'];
const BASE_STAMP = 0xba5e0000;
const WRITER = new URL('../testing/crash-writer.ts', import.meta.url).pathname;

/** Runs the writer on the folder and kills it `delayMs` after its first word; resolves with what it told. */
async function writeUntilKilled(folder: string, seed: number, delayMs: number): Promise<LogLine[]> {
  const child = spawn(process.execPath, ['--no-warnings', WRITER, folder, String(seed), ...VOLUMES], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), 20_000);
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), delayMs));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  clearTimeout(deadline);
  assert.equal(errors, '', 'the writer ended by itself');
  assert.equal(child.signalCode, 'SIGKILL');
  const lines = output.split('\n');
  lines.pop(); // the last line may be cut off
  return lines.map((line) => JSON.parse(line) as LogLine);
}

/** Plays the log into the histories; `sealed` gets the snapshots that were acknowledged. */
function replay(log: LogLine[], live: Map<string, SectorHistory>, sealed: Map<string, SectorHistory>): void {
  type Begun = { line: LogLine; time: number; entries: { writtenAt: number }[]; snapshot?: SectorHistory };
  const begun = new Map<number, Begun>();
  for (const [index, line] of log.entries()) {
    const time = index + 1;
    if (line.kind === 'write') {
      const entries = live.get(line.volume)!.write(line.first, line.count, line.stamp);
      begun.set(line.id, { line, time, entries });
    } else if (line.kind === 'flush') {
      begun.set(line.id, { line, time, entries: [] });
    } else if (line.kind === 'snapshot') {
      const snapshot = live.get(line.volume)!.beginSnapshot(time);
      begun.set(line.id, { line, time, entries: [], snapshot });
    } else {
      const { line: first, time: startedAt, entries, snapshot } = begun.get(line.id)!;
      for (const entry of entries) entry.writtenAt = time;
      if (first.kind === 'flush' || first.kind === 'snapshot') live.get(first.volume)!.settle(startedAt);
      if (first.kind === 'snapshot') {
        live.get(first.volume)!.endSnapshot(snapshot!);
        sealed.set(first.name, snapshot!);
      }
    }
  }
}

test('kill -9 at any moment loses no flushed write and shows no foreign one', async (t) => {
  const folder = await temporaryFolder(t);
  const random = randomFrom(Number(process.env.BULLION_KILL_SEED ?? 1));
  const live = new Map<string, SectorHistory>();
  let flushes = 0;

  let store = await VolumeStore.open(folder);
  await store.createVolume('base', SECTORS * 512);
  const base = await store.open('base');
  await base.write(0, stampedSectors(SECTORS, BASE_STAMP));
  await base.close();
  await store.seal('base');

  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const name of VOLUMES) {
      // Now and then a fresh clone, so that first writes of blocks stay frequent.
      if (live.has(name) && random(3) > 0) continue;
      const old = (await store.list()).filter((one) => one.name === name || one.name.startsWith(`${name}-`));
      for (let info = old.find((one) => one.name === name); info; ) {
        await store.delete(info.name);
        const parent = info.parent;
        info = old.find((one) => one.name === parent);
      }
      await store.clone('base', name);
      const history = new SectorHistory();
      history.values.forEach((_, sector) => {
        history.values[sector] = [{ stamp: BASE_STAMP, writtenAt: 0 }];
      });
      live.set(name, history);
    }
    await store.close();
    const log = await writeUntilKilled(folder, round, random(150));
    const sealed = new Map<string, SectorHistory>();
    replay(log, live, sealed);
    flushes += log.filter((line) => line.kind === 'flushed').length;

    store = await VolumeStore.open(folder);
    const names = (await store.list()).map((one) => one.name);
    for (const [name, history] of [...live, ...sealed]) {
      assert.ok(names.includes(name), `round ${round}: ${name} is gone`);
      const disk = await store.open(name);
      const content = new Uint8Array(SECTORS * 512);
      await disk.read(0, content);
      history.check(content, `round ${round}, ${name}`);
      await disk.close();
      if (live.has(name)) history.observe(content);
    }
  }
  await store.close();
  t.diagnostic(`${ROUNDS} kills, ${flushes} flushes acknowledged`);
});
