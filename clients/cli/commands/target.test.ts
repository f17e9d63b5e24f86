import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { access, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { parseTrace } from '@bullion/iscsi';
import { BullionError } from '@bullion/service/errors';
import { VolumeStore } from '@bullion/volumes';
import { Command } from 'commander';
import { TestInitiator } from '../../../libraries/iscsi/testing/initiator.ts';
import {
  REGISTER,
  RESERVATION_CONFLICT,
  RESERVE,
  reserveOut,
} from '../../../libraries/iscsi/testing/reserve-out.ts';
import { Cli } from '../cli.ts';
import { addTarget } from './target.ts';

const run = promisify(execFile);
const skip =
  spawnSync('sh', ['-c', 'command -v iscsi-inq']).status === 0
    ? false
    : 'iscsi-inq is missing (Debian package libiscsi-bin)';

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-target-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function rawDisk(t: TestContext): Promise<string> {
  const file = join(await folderOf(t), 'disk.raw');
  await writeFile(file, '');
  await truncate(file, 8 << 20);
  return file;
}

/** `bullion target ARGS`, as far as its first line; `stop` is Ctrl-C. */
async function target(t: TestContext, args: string[], env: NodeJS.ProcessEnv = {}) {
  const stop = new AbortController();
  const said = { stdout: '', stderr: '' };
  const ready = Promise.withResolvers<void>();
  const stdout = (text: string) => {
    said.stdout += text;
    ready.resolve();
  };
  const cli = new Cli({
    stdout: { write: stdout },
    stderr: { write: (text) => void (said.stderr += text) },
    env,
    signal: stop.signal,
  });
  const program = new Command('bullion').exitOverride();
  addTarget(program, cli);
  const ended = program.parseAsync(['target', ...args], { from: 'user' });
  const end = async () => {
    stop.abort();
    await ended;
  };
  t.after(() => end().catch(() => undefined));
  await Promise.race([ready.promise, ended]);
  return { url: said.stdout.trim(), said, end };
}

const PORT = ['--listen', '127.0.0.1:0'];

test('a raw file is served, and the end says what went through', { skip }, async (t) => {
  const file = await rawDisk(t);
  const [picture, trace] = [`${file}.svg`, `${file}.trace`];
  const served = await target(t, ['--file', file, ...PORT, '--traffic', picture, '--trace', trace]);
  assert.match(served.url, /^iscsi:\/\/127\.0\.0\.1:\d+\/iqn\.2026-01\.org\.bullion:disk\/0$/);
  await run('iscsi-perf', ['-m', '4', '-b', '8', '-t', '1', served.url], { timeout: 20_000 });
  await served.end();
  assert.match(served.said.stderr, /Everything written is on stable storage/);
  assert.match(served.said.stderr, /^read .* MiB in/m);
  assert.match(await readFile(picture, 'utf8'), /^<svg .*disk\.raw/s);
  const operations = parseTrace(await readFile(trace, 'utf8'));
  assert.ok(operations.length > 100 && operations.every(({ kind }) => kind === 'read'));
  await assert.rejects(access(`${file}.reservations.json`));
});

test('several files are served by threads behind one portal', { skip }, async (t) => {
  const files = [await rawDisk(t), await rawDisk(t), await rawDisk(t)];
  const args = [...files.flatMap((file) => ['--file', file]), '--threads', '2', ...PORT];
  const served = await target(t, args);
  const urls = served.said.stdout.trim().split('\n');
  assert.equal(urls.length, 3);
  for (const url of urls) {
    const { stdout } = await run('iscsi-inq', [url], { timeout: 10_000 });
    assert.match(stdout, /BULLION/);
  }
  await served.end();
  assert.match(served.said.stderr, /logged in to iqn\.2026-01\.org\.bullion:disk-3 /);
  assert.match(served.said.stderr, /Everything written is on stable storage/);
  await assert.rejects(target(t, [...args, '--trace', `${files[0]}.trace`]), { code: 'usage' });
  await assert.rejects(target(t, ['--threads', '0', '--file', files[0]!, ...PORT]), { code: 'usage' });
});

test('a volume is served, and nobody else can have it meanwhile', { skip }, async (t) => {
  const folder = join(await folderOf(t), 'store');
  const store = await VolumeStore.open(folder);
  await store.createVolume('server-1', 8 << 20);
  await store.close();
  const served = await target(t, ['--volume', `${folder}:server-1`, ...PORT]);
  const { stdout } = await run('iscsi-inq', [served.url], { timeout: 10_000 });
  assert.match(stdout, /BULLION/);
  await assert.rejects(target(t, ['--volume', `${folder}:server-1`, ...PORT]), { kind: 'conflict' });
  await served.end();
  await assert.rejects(target(t, ['--volume', `${folder}:server-2`, ...PORT]), { code: 'not_found' });
});

test('a persistent reservation is there when the disk is served again, whatever it is kept in', async (t) => {
  const folder = join(await folderOf(t), 'store');
  const store = await VolumeStore.open(folder);
  await store.createVolume('server-1', 8 << 20);
  await store.close();
  const qcow2 = `${folder}.qcow2`;
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', qcow2, '8M']);
  for (const disk of [
    ['--volume', `${folder}:server-1`],
    ['--file', qcow2],
  ]) {
    const serve = async (node: number) => {
      const served = await target(t, [...disk, ...PORT]);
      const initiator = await TestInitiator.connect(Number(new URL(served.url).port));
      const login = {
        target: 'iqn.2026-01.org.bullion:disk',
        initiator: `iqn.2026-01.org.example:node-${node}`,
        isid: '00023d000001',
      };
      assert.equal((await initiator.login(login)).status, 0);
      await initiator.testUnitReady();
      return { served, initiator };
    };
    const { served, initiator } = await serve(1);
    assert.equal(await reserveOut(initiator, REGISTER, 0n, 0xabcn, 1), 0);
    assert.equal(await reserveOut(initiator, RESERVE, 0xabcn, 0n), 0);
    initiator.destroy();
    await served.end();
    const later = await serve(2);
    const { status } = await later.initiator.write(0, Buffer.alloc(4096));
    assert.equal(status, RESERVATION_CONFLICT, disk[0]);
    later.initiator.destroy();
    await later.served.end();
  }
});

test('a CHAP secret comes from a file, the environment, or with a warning the command line', {
  skip,
}, async (t) => {
  const file = await rawDisk(t);
  await writeFile(`${file}.secret`, 'twelve bytes and more\n');
  const chap = 'node:twelve bytes and more';
  for (const [args, env, warns] of [
    [['--chap', `node:@${file}.secret`], {}, false],
    [[], { BULLION_CHAP: chap }, false],
    [['--chap', chap], {}, true],
  ] as const) {
    const served = await target(t, ['--file', file, ...PORT, ...args], env);
    assert.equal(served.said.stderr.includes('can see the secret'), warns);
    assert.ok(!served.said.stderr.includes('twelve bytes'));
    await assert.rejects(run('iscsi-inq', [served.url], { timeout: 10_000 }));
    const url = served.url.replace('iscsi://', 'iscsi://node%twelve bytes and more@');
    await run('iscsi-inq', [url], { timeout: 10_000 });
    await served.end();
  }
});

test('what cannot be served is said clearly', async (t) => {
  const file = await rawDisk(t);
  const blocker = createServer().listen(0, '127.0.0.1');
  t.after(() => blocker.close());
  await new Promise((resolve) => blocker.once('listening', resolve));
  const { port } = blocker.address() as { port: number };
  const refusals: [string[], Partial<BullionError>, RegExp][] = [
    [[], { kind: 'invalid', code: 'usage' }, /--file or by --volume/],
    [['--file', `${file}.gone`], { kind: 'not_found', code: 'disk_open_failed' }, /ENOENT/],
    [
      ['--file', file, '--listen', `127.0.0.1:${port}`],
      { kind: 'conflict', code: 'listen_failed' },
      /EADDRINUSE/,
    ],
    [['--file', file, '--listen', 'nowhere'], { kind: 'invalid', code: 'listen_invalid' }, /nowhere/],
    [['--file', file, '--listen', '192.0.2.1:3260'], { code: 'listen_failed' }, /EADDRNOTAVAIL/],
    [
      ['--file', file, '--chap', 'node:short'],
      { kind: 'invalid', code: 'chap_secret_too_short' },
      /12 bytes/,
    ],
    [['--file', file, '--chap', 'node:@/nonexistent'], { kind: 'invalid' }, /Cannot read the CHAP secret/],
    [['--file', file, '--limit-iops', 'many'], { kind: 'invalid' }, /"many"/],
    [['--volume', 'server-1'], { kind: 'invalid' }, /does not name a volume/],
  ];
  for (const [args, error, message] of refusals) {
    await assert.rejects(target(t, args.includes('--listen') ? args : [...args, ...PORT]), (thrown) => {
      assert.ok(thrown instanceof BullionError, String(thrown));
      assert.match(thrown.message, message);
      for (const [key, value] of Object.entries(error)) assert.equal(thrown[key as 'code'], value);
      assert.ok(thrown.hint);
      return true;
    });
  }
});
