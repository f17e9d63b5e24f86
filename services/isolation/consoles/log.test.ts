/** Logs on real files: segments, times, full disks, what is dropped. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { readLog, Times } from './log-reader.ts';
import { LogWriter, type LogWriterOptions } from './log-writer.ts';
import { search } from './search.ts';
import { segmentsOf, timesPath } from './segment.ts';

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bullion-console-log-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const open = (folder: string, options: Partial<LogWriterOptions> = {}) =>
  LogWriter.open(folder, {
    ...{ segmentBytes: 100, logBytes: 1_000_000, diskRetryMs: 10 },
    onTrouble: () => {},
    onSegment: () => {},
    ...options,
  });

/** The log as text; what is missing as `<BYTES>`. */
async function read(folder: string, from = 0, to?: number): Promise<string> {
  const end = to ?? (await segmentsOf(folder)).reduce((_, { start, bytes }) => start + bytes, 0);
  let text = '';
  for await (const piece of readLog(folder, from, end))
    text += 'bytes' in piece ? piece.bytes.toString('latin1') : `<${piece.missing}>`;
  return text;
}

describe('a console log', () => {
  it('is cut into files, and read as one from anywhere', async (t) => {
    const folder = newFolder(t);
    const writer = await open(folder);
    let text = '';
    for (let line = 0; line < 60; line++) {
      await writer.append(Buffer.from(`line ${line}\n`));
      text += `line ${line}\n`;
    }
    assert.equal(writer.end, text.length);
    assert.ok((await segmentsOf(folder)).length > 3);
    for (const from of [0, 1, 99, 100, 101, 250, text.length]) {
      assert.equal(await read(folder, from), text.slice(from));
      assert.equal(await read(folder, from, from + 5), text.slice(from, from + 5) || '<5>');
    }
    await writer.close();
    const again = await open(folder);
    await again.append(Buffer.from('after'));
    assert.equal(await read(folder), `${text}after`);
    await again.close();
  });

  it('keeps so much and no more, and says where the rest was', async (t) => {
    const folder = newFolder(t);
    const writer = await open(folder, { logBytes: 300 });
    for (let piece = 0; piece < 50; piece++)
      await writer.append(Buffer.from(String(piece).padStart(50, '.')));
    const kept = await segmentsOf(folder);
    assert.ok(kept.reduce((sum, { bytes }) => sum + bytes, 0) <= 300);
    assert.match(await read(folder), /^<2\d00>\.{48}\d\d/);
    assert.ok((await read(folder)).endsWith('49'));
    await writer.close();
  });

  it('a mark that was cut off, and marks of bytes that never came, are no harm', async (t) => {
    const folder = newFolder(t);
    const first = await open(folder);
    await first.append(Buffer.from('one'));
    await first.close();
    const bad = Buffer.alloc(20);
    bad.writeDoubleBE(Date.now() + 1e9, 0);
    bad.writeDoubleBE(500, 8);
    appendFileSync(timesPath(folder, 0), bad);
    const second = await open(folder);
    await sleep(260);
    await second.append(Buffer.from('two'));
    await second.close();
    assert.equal(await read(folder), 'onetwo');
    const at = await (await Times.of(folder)).at(3);
    assert.ok(Math.abs(at!.getTime() - Date.now()) < 5000);
  });

  it('is found by time, to a quarter of a second', async (t) => {
    const folder = newFolder(t);
    const writer = await open(folder);
    const before = Date.now();
    await writer.append(Buffer.from('one '));
    await sleep(300);
    const between = Date.now();
    await writer.append(Buffer.from('two '));
    await writer.append(Buffer.from('three '));
    await writer.close();
    const times = await Times.of(folder);
    const since = async (time: number) => await read(folder, await times.offsetOf(time));
    assert.equal(await since(before - 1000), 'one two three ');
    assert.equal(await since(between), 'two three ');
    assert.equal(await since(between + 1000), '');
    assert.ok((await times.at(4))!.getTime() >= between);
  });

  it('a disk that is full stops the recording and nothing else; with room it goes on, and the gap is told', async (t) => {
    const disk = mkdtempSync(join(tmpdir(), 'bullion-console-disk-'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk]).status === 0;
    t.after(() => {
      if (mounted) spawnSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true });
    });
    if (!mounted) return t.skip('a small disk cannot be mounted here');
    const troubles: boolean[] = [];
    const writer = await open(join(disk, 'log'), {
      segmentBytes: 10_000,
      onTrouble: (why) => troubles.push(why !== undefined),
    });
    await writer.append(Buffer.from('before '));
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(40_960));
    for (let piece = 0; piece < 30; piece++) {
      await writer.append(Buffer.alloc(1000, 'x'));
      if (piece > 20) await sleep(11);
    }
    assert.deepEqual(troubles, [true]);
    rmSync(join(disk, 'ballast'));
    await sleep(15);
    await writer.append(Buffer.from(' after'));
    assert.deepEqual(troubles, [true, false]);
    assert.equal(writer.end, 'before '.length + 30_000 + ' after'.length);
    assert.match(await read(join(disk, 'log')), /^before x+<\d+>x* ?after$/);
    await writer.close();
  });

  it('whatever is appended in whatever pieces over whatever restarts is what is read', async (t) => {
    const root = newFolder(t);
    let run = 0;
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.uint8Array({ maxLength: 150 }) },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(2000), async (steps, from) => {
        const folder = join(root, String(run++));
        let writer = await open(folder);
        const all: Buffer[] = [];
        for (const bytes of steps) {
          if (bytes === 'restart') {
            await writer.close();
            writer = await open(folder);
          } else {
            await writer.append(bytes);
            all.push(Buffer.from(bytes));
          }
        }
        await writer.close();
        const text = Buffer.concat(all).toString('latin1');
        assert.equal(await read(folder, Math.min(from, text.length)), text.slice(from));
      }),
      { numRuns: 50 },
    );
  });
});

describe('the search of a log', () => {
  const options = { ignoreCase: false, limit: 10, context: 1, maxBytes: 1_000_000, maxMs: 5000, from: 0 };
  async function logOf(t: TestContext, text: string | Buffer) {
    const folder = newFolder(t);
    const writer = await open(folder, { segmentBytes: 50_000 });
    for (let at = 0; at < text.length; at += 1000)
      await writer.append(Buffer.from(text.slice(at, at + 1000)));
    await writer.close();
    return (more: object) => search(folder, { ...options, to: text.length, text: '', ...more });
  }

  it('finds a line across its colours, with its time and what is around it', async (t) => {
    const find = await logOf(
      t,
      'one\r\n\u001b[31mkernel \u001b[1mpanic\u001b[0m: x\r\n\r\nthree\r\nfour\r\n',
    );
    const { matches, next } = await find({ text: 'kernel panic' });
    assert.equal(next, null);
    const [{ at, ...match }, ...none] = matches as [(typeof matches)[0]];
    assert.deepEqual(none, []);
    assert.deepEqual(match, { offset: 5, line: 'kernel panic: x', before: ['one'], after: ['three'] });
    assert.ok(Math.abs(Date.parse(at!) - Date.now()) < 5000);
    assert.equal((await find({ text: 'KERNEL' })).matches.length, 0);
    assert.equal((await find({ text: 'KERNEL', ignoreCase: true })).matches.length, 1);
    assert.equal((await find({ text: '.*' })).matches.length, 0);
  });

  it('page by page it finds each line once, whatever a page may read', async (t) => {
    const lines = Array.from({ length: 3000 }, (_, n) => (n % 7 === 0 ? `found ${n} of it` : `line ${n}`));
    const find = await logOf(t, lines.join('\n'));
    const wanted = lines.filter((line) => line.startsWith('found'));
    for (const more of [{ limit: 10 }, { limit: 1000, maxBytes: 777 }, { limit: 3, maxBytes: 5000 }]) {
      const found: string[] = [];
      for (let from: number | null = 0, pages = 0; from !== null; pages++) {
        assert.ok(pages < 2000);
        const page = await find({ text: 'found', from, ...more });
        found.push(...page.matches.map(({ line }) => line));
        assert.ok(page.next === null || page.next > from);
        from = page.next;
      }
      assert.deepEqual(found, wanted);
    }
  });

  it('a log that was made to hold it up does not', async (t) => {
    for (const hostile of ['\u001b[', '\u001b]', '\r', '\u001b[0;0;', 'a', '\u001b]0;x\u001b', '\u00c3']) {
      const find = await logOf(t, Buffer.from(hostile.repeat(2_000_000 / hostile.length), 'latin1'));
      const began = performance.now();
      await find({ text: 'aaaaaaaab', maxBytes: 32_000_000, maxMs: 1000 });
      assert.ok(performance.now() - began < 20_000, JSON.stringify(hostile));
    }
  });
});

it('what is not a log in the folder of logs is left alone', async (t) => {
  const folder = newFolder(t);
  mkdirSync(join(folder, 'log'));
  writeFileSync(join(folder, 'log', 'notes.txt'), 'mine');
  assert.deepEqual(await segmentsOf(join(folder, 'log')), []);
  assert.deepEqual(await segmentsOf(join(folder, 'none')), []);
});
