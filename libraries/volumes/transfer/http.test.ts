import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, stat, utimes } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { HttpSource, type HttpSourceOptions, importImage } from './index.ts';
import { noise } from './testing/content.ts';
import { withCode } from './testing/expect-error.ts';
import { listen, type ServedFile, serveFile } from './testing/file-server.ts';

const CONTENT = noise('one version', 1 << 20);
const OTHER = noise('another version', 1 << 20);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A server with a file, and an import from it into memory. */
async function setUp(t: TestContext, file: Partial<ServedFile> = {}) {
  const folder = await temporaryFolder(t);
  const server = await serveFile(t, { content: CONTENT, ...file });
  const scratch = join(folder, 'scratch');
  const fetchIt = async (options: HttpSourceOptions = {}, url = server.url) => {
    let content: Buffer | undefined;
    const sink = {
      async createImageFromFile(_name: string, path: string) {
        content = await readFile(path);
        return undefined as never;
      },
    };
    await importImage(sink, 'image', new HttpSource(url, { backoffMs: 1, ...options }), { scratch });
    return content!;
  };
  const ranges = () => server.seen.map(({ range }) => range?.replace(/^bytes=0-$/, '') ?? '');
  return { ...server, scratch, fetchIt, ranges };
}

const same = (got: Buffer, wanted = CONTENT) =>
  assert.equal(Buffer.compare(got, wanted), 0, 'the content differs');

for (const validator of ['etag', 'date'] as const) {
  test(`a connection that drops is gone on from where it was (${validator})`, async (t) => {
    const { fetchIt, seen } = await setUp(t, {
      validator,
      faults: ['drop', 'drop-at-once', 'error', 'drop'],
    });
    same(await fetchIt());
    assert.equal(seen.length, 5);
    const [first, second, , , fifth] = seen;
    assert.equal(first!.range, undefined);
    assert.match(second!.range!, /^bytes=[1-9]\d+-$/);
    assert.ok(second!.ifRange);
    assert.equal(fifth!.status, 206);
  });
}

test('a file that changes in between is fetched anew, never mixed', async (t) => {
  const site = await setUp(t, { faults: ['drop'] });
  site.file.onHalf = () => void (site.file.content = OTHER);
  same(await site.fetchIt(), OTHER);
  assert.deepEqual(
    site.seen.map(({ status }) => status),
    [200, 200],
  );
});

test('a server that names no versions is asked for the whole file again', async (t) => {
  for (const validator of ['none', 'weak'] as const) {
    const { fetchIt, ranges } = await setUp(t, { validator, faults: ['drop'] });
    same(await fetchIt());
    assert.deepEqual(ranges(), ['', ''], validator);
  }
});

test('with a digest a part without a version is gone on from, and a mixture of two is noticed', async (t) => {
  const site = await setUp(t, { validator: 'none', faults: ['drop'] });
  same(await site.fetchIt({ sha256: sha256(CONTENT) }));
  assert.match(site.ranges()[1]!, /^bytes=/);

  const mixed = await setUp(t, { content: OTHER, validator: 'none', faults: ['drop'] });
  mixed.file.onHalf = () => void (mixed.file.content = CONTENT);
  same(await mixed.fetchIt({ sha256: sha256(CONTENT) }));
  assert.equal(mixed.seen.length, 3, 'half, the other half, and the whole');
});

test('a server that ignores Range, or answers with another range, does no harm', async (t) => {
  const ignoring = await setUp(t, { faults: ['drop', 'ignore-range'] });
  same(await ignoring.fetchIt());
  const wrong = await setUp(t, { faults: ['drop', 'wrong-range', 'drop', 'wrong-range'] });
  same(await wrong.fetchIt());
});

test('a silent server is left after the time given, and tried again', async (t) => {
  const { fetchIt } = await setUp(t, { faults: ['stall', 'stall'] });
  same(await fetchIt({ stallMs: 200 }));
});

test('a server that stays away is given up, and a later import goes on', async (t) => {
  const site = await setUp(t, { faults: ['drop', ...Array<'error'>(3).fill('error')] });
  await assert.rejects(site.fetchIt({ attempts: 4 }), withCode('source-unavailable', /503/));
  assert.equal((await readdir(site.scratch)).length, 2, 'the part and its state');
  same(await site.fetchIt());
  assert.match(site.ranges().at(-1)!, /^bytes=[1-9]/);
  assert.deepEqual(await readdir(site.scratch), []);
});

test('after a kill -9 the same import goes on from what had been synced', { timeout: 60_000 }, async (t) => {
  // Half of it, which is what the server sends, has room for a sync at 32 MiB.
  const big = Buffer.concat([noise('big', 40 << 20), noise('end', 40 << 20)]);
  const half = Promise.withResolvers<void>();
  const never = Promise.withResolvers<void>();
  t.after(() => never.resolve());
  const site = await setUp(t, { content: big });
  site.file.onHalf = () => {
    half.resolve();
    return never.promise;
  };
  const child = spawn(
    process.execPath,
    ['--no-warnings', join(import.meta.dirname, 'testing/fetch-child.ts'), site.url, site.scratch, 'image'],
    { stdio: 'inherit' },
  );
  t.after(() => child.kill('SIGKILL'));
  await half.promise;
  const synced = async () => {
    const names = await readdir(site.scratch).catch(() => []);
    const state = names.find((name) => name.endsWith('.json'));
    if (!state) return 0;
    return JSON.parse(await readFile(join(site.scratch, state), 'utf8')).syncedBytes as number;
  };
  const deadline = Date.now() + 30_000;
  while ((await synced()) < 32 << 20 && Date.now() < deadline) await new Promise((r) => setTimeout(r, 50));
  child.kill('SIGKILL');
  await once(child, 'close');
  site.file.onHalf = undefined;
  same(await site.fetchIt(), big);
  const begun = Number(/\d+/.exec(site.ranges().at(-1)!)?.[0]);
  assert.ok(begun >= 32 << 20, `went on from ${begun}`);
});

test('what is not what was announced is refused, and nothing is kept', async (t) => {
  const { fetchIt, scratch } = await setUp(t);
  await assert.rejects(fetchIt({ sha256: '00'.repeat(32) }), withCode('source-invalid', /sha256/));
  await assert.rejects(fetchIt({ expectedBytes: 4096 }), withCode('source-invalid', /1048576 bytes.*4096/));
  assert.deepEqual(await readdir(scratch), []);
  const zipped = await setUp(t, { headers: { 'content-encoding': 'gzip' } });
  await assert.rejects(zipped.fetchIt(), withCode('source-invalid', /content encoding gzip/));
});

test('a size beyond the limit is refused before anything is fetched', async (t) => {
  const { url, scratch } = await setUp(t);
  const sink = { createImageFromFile: () => Promise.reject(new Error('not reached')) };
  const work = importImage(sink, 'image', new HttpSource(url), { scratch, maxBytes: 4096 });
  await assert.rejects(work, withCode('source-too-large'));
});

test('credentials go to their own server alone, and are in no message and no file name', async (t) => {
  const target = await setUp(t);
  // A server that sends everyone on: to itself once, then to another origin.
  const asked: (string | undefined)[] = [];
  const origin = await listen(
    t,
    createServer((incoming, answer) => {
      asked.push(incoming.headers.authorization);
      const to = incoming.url === '/a?key=secret' ? '/b' : target.url;
      answer.writeHead(302, { location: to }).end();
    }),
  );
  const source = origin.replace('http://', 'http://ann:pa%40ss@');
  same(await target.fetchIt({}, `${source}/a?key=secret`));
  const basic = `Basic ${Buffer.from('ann:pa@ss').toString('base64')}`;
  assert.deepEqual(asked, [basic, basic]);
  assert.deepEqual(
    target.seen.map(({ authorization }) => authorization),
    [undefined],
  );
  assert.doesNotMatch(new HttpSource(`${source}/a?key=secret`).label, /pa|secret/);
});

test('redirects are bounded, and each is asked about', async (t) => {
  let hops = 0;
  const origin = await listen(
    t,
    createServer((_incoming, answer) => {
      hops += 1;
      answer.writeHead(302, { location: `/${hops}` }).end();
    }),
  );
  const { fetchIt } = await setUp(t);
  await assert.rejects(fetchIt({}, origin), withCode('source-invalid', /more than 10 times/));
  assert.equal(hops, 11);
  const permit = (url: URL) => {
    if (url.pathname === '/14') throw new Error('not there');
  };
  await assert.rejects(fetchIt({ permit }, origin), /not there/);
  await assert.rejects(fetchIt({}, 'file:///etc/passwd'), withCode('source-invalid', /no http/));
});

test('two imports of the same thing at once: one works, the other is told', async (t) => {
  const { fetchIt } = await setUp(t, { faults: [undefined] });
  const [one, two] = await Promise.allSettled([fetchIt(), fetchIt()]);
  const failed = [one, two].filter((each) => each.status === 'rejected');
  assert.equal(failed.length, 1);
  withCode('busy')((failed[0] as PromiseRejectedResult).reason);
});

test('what nobody came back for in a week is removed', async (t) => {
  const { fetchIt, scratch } = await setUp(t, { faults: ['drop', 'error', 'error'] });
  await assert.rejects(fetchIt({ attempts: 2 }));
  const [part] = await readdir(scratch);
  assert.ok((await stat(join(scratch, part!))).isFile());
  for (const name of await readdir(scratch)) await utimes(join(scratch, name), 1, 1);
  const sink = { createImageFromFile: () => Promise.reject(new Error('no')) };
  const gone = new HttpSource('http://127.0.0.1:1/', { attempts: 1 });
  await assert.rejects(importImage(sink, 'other', gone, { scratch }), withCode('source-unavailable'));
  assert.ok(!(await readdir(scratch)).includes(part!));
});
