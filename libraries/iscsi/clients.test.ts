/** Real clients against a served file. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { IscsiError, type LoginRefused, type ServeFileOptions, serveFile } from './index.ts';
import { missing } from './testing/conformance.ts';

const run = promisify(execFile);
const tool = async (name: string, ...args: string[]): Promise<string> => {
  const { stdout } = await run(name, args, { timeout: 10_000 });
  return stdout;
};

async function serve(t: TestContext, options: Partial<ServeFileOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-iscsi-clients-'));
  const file = join(folder, 'disk.raw');
  await writeFile(file, 'the first bytes');
  await truncate(file, 20 << 20);
  t.after(() => rm(folder, { recursive: true }));
  const served = await serveFile({ file, listen: { host: '127.0.0.1', port: 0 }, ...options });
  const refused: LoginRefused[] = [];
  served.server.on('login_refused', (event) => refused.push(event));
  t.after(() => served.close());
  return { ...served, refused };
}

test('iscsi-ls finds the target and its unit', { skip: missing('iscsi-ls') }, async (t) => {
  const { port, name } = await serve(t);
  const list = await tool('iscsi-ls', '-s', `iscsi://127.0.0.1:${port}`);
  assert.ok(list.includes(`Target:${name} Portal:127.0.0.1:${port},1`));
  assert.match(list, /Lun:0 .*DIRECT_ACCESS/);
});

test('iscsi-inq reads the standard data and each page', { skip: missing('iscsi-inq') }, async (t) => {
  const { url } = await serve(t, { removable: true });
  const standard = await tool('iscsi-inq', url);
  assert.match(standard, /Vendor:BULLION/);
  assert.match(standard, /Removable:1/);
  for (const page of ['0', '128', '131', '176', '177', '178']) {
    assert.notEqual(await tool('iscsi-inq', '-e', '1', '-c', page, url), '');
  }
});

test('iscsi-readcapacity16 sees the size', { skip: missing('iscsi-readcapacity16') }, async (t) => {
  const { url } = await serve(t);
  const capacity = await tool('iscsi-readcapacity16', url);
  assert.match(capacity, /Total size:20971520/);
  assert.match(capacity, /LBPME:1 LBPRZ:1/);
});

test('iscsi-perf reads', { skip: missing('iscsi-perf') }, async (t) => {
  const { url, server, name } = await serve(t);
  await tool('iscsi-perf', '-m', '32', '-b', '8', '-t', '1', '-r', url);
  assert.ok(server.stats(name).reads > 0);
});

test('libiscsi logs in with the right secret only', { skip: missing('iscsi-inq') }, async (t) => {
  const chap = { user: 'node-1', secret: 'secret-of-node-1' };
  const { port, name, refused } = await serve(t, { chap });
  const url = (who: string) => `iscsi://${who}127.0.0.1:${port}/${name}/0`;
  assert.match(await tool('iscsi-inq', url('node-1%secret-of-node-1@')), /BULLION/);
  assert.equal(refused.length, 0);
  await assert.rejects(tool('iscsi-inq', url('node-1%secret-of-node-2@')));
  await assert.rejects(tool('iscsi-inq', url('')));
  assert.deepEqual(
    refused.map((event) => event.status),
    [0x0201, 0x0201],
  );
});

test('a file that cannot be a disk is refused with a hint, and nothing listens', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-iscsi-clients-'));
  t.after(() => rm(folder, { recursive: true }));
  const listen = { host: '127.0.0.1', port: 0 };
  const at = (name: string) => join(folder, name);
  await writeFile(at('empty'), '');
  await writeFile(at('odd'), Buffer.alloc(1000));
  const cases: [string, string][] = [
    [at('missing'), 'disk_open_failed'],
    [at('empty'), 'disk_size_invalid'],
    [at('odd'), 'disk_size_invalid'],
    [folder, 'disk_open_failed'],
  ];
  for (const [file, code] of cases) {
    await assert.rejects(
      serveFile({ file, listen }),
      (error: IscsiError) => error instanceof IscsiError && error.code === code && error.hint !== undefined,
    );
  }
});

test('a port that is taken is refused with a hint', async (t) => {
  const { port } = await serve(t);
  await assert.rejects(
    serve(t, { listen: { host: '127.0.0.1', port } }),
    (error: IscsiError) => error.code === 'listen_failed',
  );
});
