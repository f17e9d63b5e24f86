/** Every way in and out: whatever a disk holds comes back byte for byte, and a cancel leaves nothing. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { VolumeError, VolumeStore } from '../index.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import {
  exportQcow2,
  FileSource,
  HttpSource,
  importImage,
  OciSource,
  pushImage,
  type Source,
} from './index.ts';
import { diskContent, noise } from './testing/content.ts';
import { serveFile } from './testing/file-server.ts';
import { TestRegistry } from './testing/registry-server.ts';

const hasQemuImg = spawnSync('qemu-img', ['--version']).status === 0;

interface Site {
  readonly t: TestContext;
  readonly store: VolumeStore;
  readonly scratch: string;
  readonly registry: TestRegistry;
  file(name: string): string;
}

/** Brings the image `origin` out of the store; resolves with a source that leads back to it. */
type Way = (site: Site, origin: string) => Promise<Source>;

const rawFile: Way = async ({ store, file }, origin) => {
  await store.exportRaw(origin, file(`${origin}.raw`));
  return new FileSource(file(`${origin}.raw`));
};

const packed =
  (ending: string, pack: (bytes: Buffer) => Buffer): Way =>
  async (site, origin) => {
    await rawFile(site, origin);
    const path = site.file(`${origin}.${ending}`);
    await writeFile(path, pack(await readFile(site.file(`${origin}.raw`))));
    return new FileSource(path);
  };

const qcow2 =
  (compress: boolean): Way =>
  async ({ store, file }, origin) => {
    await exportQcow2(store, origin, file(`${origin}.qcow2`), { compress });
    return new FileSource(file(`${origin}.qcow2`));
  };

const overHttp =
  (way: Way, ending: string): Way =>
  async (site, origin) => {
    await way(site, origin);
    const content = await readFile(site.file(`${origin}.${ending}`));
    const faults = ['error', 'drop', 'drop', 'wrong-range', undefined, 'drop'] as const;
    const { url } = await serveFile(site.t, { content, faults: [...faults] });
    return new HttpSource(url, { backoffMs: 1 });
  };

const registry =
  (format: 'raw' | 'qcow2' | 'gzip' | 'zstd'): Way =>
  async ({ store, scratch, registry: { reference, faults }, registry: server }, origin) => {
    faults.drops = 2;
    const to = reference.call(server, `images/${origin}:v1`);
    const digest = await pushImage(store, origin, to, {
      scratch,
      format,
      chunkBytes: 64 * 1024,
      backoffMs: 1,
    });
    faults.drops = 2;
    return new OciSource(`${to.replace(/:v1$/, '')}@${digest}`, { backoffMs: 1 });
  };

const WAYS: Record<string, { way: Way; needsQemu?: true }> = {
  'a raw file': { way: rawFile },
  'a gzip file': { way: packed('gz', (bytes) => gzipSync(bytes)) },
  'a zstd file': { way: packed('zst', (bytes) => zstdCompressSync(bytes)) },
  'a qcow2 file': { way: qcow2(false), needsQemu: true },
  'a compressed qcow2 file': { way: qcow2(true), needsQemu: true },
  'a raw file on a failing web server': { way: overHttp(rawFile, 'raw') },
  'a qcow2 file on a failing web server': { way: overHttp(qcow2(true), 'qcow2'), needsQemu: true },
  'a raw artifact in a failing registry': { way: registry('raw') },
  'a gzip artifact': { way: registry('gzip') },
  'a zstd artifact': { way: registry('zstd') },
  'a qcow2 artifact': { way: registry('qcow2'), needsQemu: true },
};

async function setUp(t: TestContext): Promise<Site> {
  const folder = await temporaryFolder(t);
  const store = await VolumeStore.open(join(folder, 'store'));
  t.after(() => store.close());
  const server = await TestRegistry.start(t, { auth: 'token' });
  return { t, store, scratch: join(folder, 'scratch'), registry: server, file: (name) => join(folder, name) };
}

async function importOf({ store, file }: Site, name: string, content: Buffer): Promise<void> {
  await writeFile(file(`${name}.original`), content);
  await store.createImageFromFile(name, file(`${name}.original`));
}

for (const [what, { way, needsQemu }] of Object.entries(WAYS)) {
  const skip = needsQemu && !hasQemuImg ? 'qemu-img is missing (Debian package qemu-utils)' : false;

  test(`${what} brings back any disk byte for byte`, { skip, timeout: 120_000 }, async (t) => {
    const site = await setUp(t);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(diskContent, async (content) => {
        round += 1;
        await importOf(site, `origin-${round}`, content);
        const source = await way(site, `origin-${round}`);
        const phases = new Map<string, number>();
        const info = await importImage(site.store, `back-${round}`, source, {
          scratch: site.scratch,
          onProgress({ phase, doneBytes, totalBytes }) {
            assert.ok(doneBytes <= totalBytes, `${phase}: ${doneBytes} of ${totalBytes}`);
            phases.set(phase, doneBytes / totalBytes);
          },
        });
        assert.equal(info.sha256, (await site.store.get(`origin-${round}`)).sha256);
        assert.equal(phases.get('copying'), 1);
        await site.store.exportRaw(`back-${round}`, site.file(`back-${round}`));
        assert.equal(Buffer.compare(await readFile(site.file(`back-${round}`)), content), 0);
        assert.deepEqual(await readdir(site.scratch), []);
      }),
      { numRuns: 4 },
    );
  });

  test(`${what}: an import that is cancelled at any moment leaves nothing`, {
    skip,
    timeout: 120_000,
  }, async (t) => {
    const site = await setUp(t);
    await importOf(
      site,
      'origin',
      Buffer.concat([noise('x', 1 << 20), Buffer.alloc(1 << 20), noise('y', 1 << 20)]),
    );
    const source = await way(site, 'origin');
    const layers = () => readdir(join(site.store.folder, 'layers'));
    let cancelled = 0;
    for (const moment of [0, 1, 2, 3, 5, 8]) {
      const before = await layers();
      const stop = new AbortController();
      let left = moment;
      const onProgress = () => {
        left -= 1;
        if (left <= 0) stop.abort();
      };
      if (moment === 0) stop.abort();
      const work = importImage(site.store, 'back', source, {
        scratch: site.scratch,
        signal: stop.signal,
        onProgress,
      });
      const ended = await work.then(
        () => 'whole',
        (error: unknown) => {
          if (error instanceof VolumeError && error.code === 'aborted') return 'aborted';
          throw error;
        },
      );
      assert.deepEqual(await readdir(site.scratch), [], `after ${moment} reports`);
      if (ended === 'aborted') {
        cancelled += 1;
        assert.deepEqual(await layers(), before);
      } else await site.store.delete('back');
    }
    assert.ok(cancelled >= 2, `${cancelled} were cancelled`);
  });
}
