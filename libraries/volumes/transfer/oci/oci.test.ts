import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { importImage, OciSource, pushImage } from '../index.ts';
import { noise } from '../testing/content.ts';
import { withCode } from '../testing/expect-error.ts';
import { serveFile } from '../testing/file-server.ts';
import { TestRegistry } from '../testing/registry-server.ts';
import { parseChallenges } from './challenge.ts';
import type { OciOptions } from './oci-source.ts';
import { parseReference } from './reference.ts';

const CONTENT = Buffer.concat([noise('oci', 1 << 20), Buffer.alloc(1 << 20)]);
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Pushes to, and pulls from, memory. */
async function setUp(t: TestContext) {
  const folder = await temporaryFolder(t);
  const scratch = join(folder, 'scratch');
  const origin = { exportRaw: (_name: string, path: string) => writeFile(path, CONTENT) };
  const push = (to: string, options: OciOptions & { chunkBytes?: number } = {}) =>
    pushImage(origin, 'disk', to, { scratch, backoffMs: 1, ...options });
  const pull = async (from: string, options: OciOptions = {}) => {
    let content: Buffer | undefined;
    const sink = {
      async createImageFromFile(_name: string, path: string) {
        content = await readFile(path);
        return undefined as never;
      },
    };
    await importImage(sink, 'disk', new OciSource(from, { backoffMs: 1, ...options }), { scratch });
    return content!;
  };
  return { scratch, push, pull };
}

const same = (got: Buffer) => assert.equal(Buffer.compare(got, CONTENT), 0, 'the content differs');

for (const auth of ['token', 'basic'] as const) {
  test(`a registry that wants a user is given one (${auth}), and without one the refusal is told`, async (t) => {
    const { push, pull } = await setUp(t);
    const user = { name: 'ann', password: 'p:ss"word' };
    const registry = await TestRegistry.start(t, { auth, user });
    const reference = registry.reference('a/b:v1');
    const known = { user: user.name, password: user.password };
    await push(reference, known);
    same(await pull(reference, known));
    await assert.rejects(pull(reference), withCode('source-denied', /401/));
    await assert.rejects(pull(reference, { ...known, password: 'wrong' }), withCode('source-denied'));
  });
}

test('a blob that is kept elsewhere is fetched there, without our token', async (t) => {
  const { push, pull } = await setUp(t);
  const registry = await TestRegistry.start(t, { auth: 'token' });
  const reference = registry.reference('a:v1');
  await push(reference);
  const [, blob] = [...registry.blobs].find(([, bytes]) => bytes.length > 2)!;
  const elsewhere = await serveFile(t, { content: blob, faults: ['drop'] });
  registry.faults.blobsElsewhere = elsewhere.url;
  same(await pull(reference));
  assert.equal(elsewhere.seen.length, 2);
  assert.ok(elsewhere.seen.every(({ authorization }) => authorization === undefined));
});

test('what the registry has is not sent again, and a lost connection goes on', async (t) => {
  const { push, pull, scratch } = await setUp(t);
  const registry = await TestRegistry.start(t, { drops: 3 });
  const reference = registry.reference('a:v1');
  const first = await push(reference, { chunkBytes: 100_000 });
  assert.ok(registry.requests.filter((each) => each.startsWith('GET /v2/a/blobs/uploads')).length === 3);
  registry.requests.length = 0;
  assert.equal(await push(reference), first);
  assert.deepEqual(
    registry.requests.filter((each) => /^(PATCH|POST)/.test(each)),
    [],
  );
  same(await pull(reference.replace(':v1', `@${first}`)));
  assert.deepEqual(await readdir(scratch), []);
});

test('what is not what its digest says is refused', async (t) => {
  const { push, pull, scratch } = await setUp(t);
  const registry = await TestRegistry.start(t);
  const reference = registry.reference('a:v1');
  const digest = await push(reference);
  const [key, blob] = [...registry.blobs].find(([, bytes]) => bytes.length > 2)!;
  const changed = Buffer.from(blob);
  changed[100]! ^= 1;
  registry.blobs.set(key, changed);
  await assert.rejects(pull(reference), withCode('source-invalid', /sha256 digest/));
  assert.deepEqual(await readdir(scratch), []);
  const byDigest = reference.replace(':v1', `@${digest}`);
  registry.manifests.get(`a/${digest}`)!.bytes = Buffer.from('{"layers":[]}');
  await assert.rejects(pull(byDigest), withCode('source-invalid', /not what its digest says/));
});

test('an index leads to the variant of this machine; what holds no disk, or several, is refused', async (t) => {
  const { push, pull } = await setUp(t);
  const registry = await TestRegistry.start(t);
  const digest = await push(registry.reference('a:v1'));
  const manifest = (name: string, value: unknown) =>
    registry.manifests.set(`a/${name}`, { type: 'x', bytes: Buffer.from(JSON.stringify(value)) });
  const variant = (architecture: string) => ({
    digest,
    size: 1,
    mediaType: 'x',
    platform: { os: 'linux', architecture },
  });
  manifest('index', { manifests: [{ ...variant('arm64'), digest: digestOf(CONTENT) }, variant('amd64')] });
  same(await pull(registry.reference('a:index')));
  manifest('foreign', { manifests: [variant('arm64')] });
  await assert.rejects(
    pull(registry.reference('a:foreign')),
    withCode('source-invalid', /0 of them for linux/),
  );
  const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 9 };
  manifest('container', { layers: [layer] });
  await assert.rejects(pull(registry.reference('a:container')), withCode('source-invalid', /holds no disk/));
  const disk = { ...layer, mediaType: 'application/octet-stream' };
  manifest('two', { layers: [disk, disk] });
  await assert.rejects(pull(registry.reference('a:two')), withCode('source-invalid', /2 disks/));
  manifest('odd', { layers: [{ ...disk, digest: 'md5:00' }] });
  await assert.rejects(pull(registry.reference('a:odd')), withCode('source-invalid', /no digest/));
  await assert.rejects(pull(registry.reference('a:none')), withCode('source-missing', /404/));
});

test('references are read whole or not at all', () => {
  const read = (text: string) => {
    const { registry, repository, version } = parseReference(text);
    return [registry, repository, version];
  };
  const digest = `sha256:${'0'.repeat(64)}`;
  assert.deepEqual(read('localhost:5000/a/b'), ['localhost:5000', 'a/b', 'latest']);
  assert.deepEqual(read(`oci://quay.io/a@${digest}`), ['quay.io', 'a', digest]);
  assert.deepEqual(read(`quay.io/a:t@${digest}`), ['quay.io', 'a', digest]);
  for (const bad of [
    'debian:12',
    'library/debian',
    'quay.io/A',
    'quay.io/a@sha256:00',
    'u:p@quay.io/a',
    'quay.io/../x',
    'quay.io/',
  ]) {
    assert.throws(() => parseReference(bad), withCode('source-invalid'), bad);
  }
});

test('challenges with commas and quotes in their values are understood', () => {
  assert.deepEqual(
    parseChallenges(
      'Bearer realm="https://a/t?x=1,2",service=s,scope="repository:a:pull,push", Basic realm="q\\"q"',
    ),
    [
      {
        scheme: 'bearer',
        parameters: { realm: 'https://a/t?x=1,2', service: 's', scope: 'repository:a:pull,push' },
      },
      { scheme: 'basic', parameters: { realm: 'q"q' } },
    ],
  );
});

const noRegistry =
  spawnSync('sh', ['-c', 'command -v docker-registry']).status !== 0 &&
  'docker-registry is missing (Debian package docker-registry)';

test('the registry that most people run takes our artifact and gives it back', {
  skip: noRegistry,
  timeout: 60_000,
}, async (t) => {
  const folder = await temporaryFolder(t);
  const { push, pull } = await setUp(t);
  const port = 5000 + (process.pid % 20_000);
  const config = `version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: ${folder}/registry\nhttp:\n  addr: 127.0.0.1:${port}\n`;
  await writeFile(join(folder, 'config.yml'), config);
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', 'docker-registry', 'serve', join(folder, 'config.yml')],
    {
      stdio: 'ignore',
    },
  );
  t.after(() => child.kill('SIGKILL'));
  const deadline = Date.now() + 20_000;
  while (!(await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined))?.ok) {
    assert.ok(Date.now() < deadline, 'the registry did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const reference = `127.0.0.1:${port}/images/debian:12`;
  const digest = await push(reference, { chunkBytes: 200_000 });
  same(await pull(reference));
  same(await pull(`127.0.0.1:${port}/images/debian@${digest}`));
  assert.equal(await push(reference), digest);
});
