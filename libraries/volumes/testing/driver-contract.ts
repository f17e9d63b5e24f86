/** What every storage of volumes does: the same tests for each of them. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { VolumeDriver } from '../driver.ts';
import { withCode } from './expect-error.ts';
import { temporaryFolder } from './temporary-folder.ts';

const MiB = 1024 * 1024;
/** Objects of Ceph have 4 MiB; most of these hold nothing. */
const SIZE = 33 * MiB;

export interface Site {
  readonly driver: VolumeDriver;
  /** Writes to a volume as an initiator would, and flushes. */
  write(volume: string, offsetBytes: number, data: Uint8Array): Promise<void>;
  /** Has a volume open, as an exporter would, until what it resolves with is called. */
  hold(volume: string): Promise<() => Promise<void>>;
}

/** `setUp` makes an empty storage for one test. */
export function testDriver(
  what: string,
  skip: string | false,
  setUp: (t: TestContext) => Promise<Site>,
): void {
  const check = (name: string, body: (site: Site & { file(name: string): string }) => Promise<void>) =>
    test(`${what}: ${name}`, { skip, timeout: 120_000 }, async (t) => {
      const folder = await temporaryFolder(t);
      await body({ ...(await setUp(t)), file: (each) => join(folder, each) });
    });

  const image = async (site: { driver: VolumeDriver; file(name: string): string }, name = 'image') => {
    const content = Buffer.alloc(SIZE);
    for (const at of [0, 5 * MiB - 4096, SIZE - MiB]) randomBytes(8192).copy(content, at);
    await writeFile(site.file(`${name}.raw`), content);
    await site.driver.createImageFromFile(name, site.file(`${name}.raw`));
    return content;
  };

  const contentOf = async (
    { driver, file }: { driver: VolumeDriver; file(name: string): string },
    name: string,
  ) => {
    const path = file(`out-${randomBytes(4).toString('hex')}`);
    await driver.exportRaw(name, path);
    return readFile(path);
  };

  check('an image comes back byte for byte, with its hash, and sparse', async (site) => {
    const { driver, file } = site;
    const content = await image(site);
    const info = await driver.get('image');
    assert.deepEqual([info.kind, info.sizeBytes, info.parent, info.children], ['image', SIZE, null, []]);
    assert.match(info.id, /^[0-9a-f]{16}$/);
    assert.equal(info.sha256, createHash('sha256').update(content).digest('hex'));
    assert.ok(Math.abs(Date.now() - info.createdAt.getTime()) < 60_000, String(info.createdAt));
    assert.ok(info.ownBytes > 0);
    await driver.exportRaw('image', file('out'));
    assert.equal(Buffer.compare(await readFile(file('out')), content), 0);
    assert.ok((await stat(file('out'))).blocks * 512 < SIZE / 2);
    await assert.rejects(driver.exportRaw('image', file('out')), withCode('file-exists'));
    assert.equal((await driver.verify('image')).ok, true);
  });

  check('an import reports its progress, and one that is stopped leaves nothing', async (site) => {
    const { driver, file } = site;
    await writeFile(file('a.raw'), randomBytes(8 * MiB));
    const parts: number[] = [];
    await driver.createImageFromFile('a', file('a.raw'), {
      onProgress: ({ doneBytes, totalBytes }) => parts.push(doneBytes / totalBytes),
    });
    assert.equal(parts.at(-1), 1);
    assert.deepEqual(
      parts,
      parts.toSorted((x, y) => x - y),
    );
    await writeFile(file('b.raw'), randomBytes(8 * MiB));
    const stop = new AbortController();
    const work = driver.createImageFromFile('b', file('b.raw'), {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await assert.rejects(work, withCode('aborted'));
    assert.deepEqual(
      (await driver.list()).map(({ name }) => name),
      ['a'],
    );
    await driver.createImageFromFile('b', file('b.raw'));
    await assert.rejects(
      driver.createImageFromFile('c', file('b.raw'), { expectedSha256: '00'.repeat(32) }),
      withCode('image-changed'),
    );
  });

  check('a clone shows its image, may be larger, and does not change it', async (site) => {
    const { driver, write } = site;
    const content = await image(site);
    const made = await driver.clone('image', 'clone', { sizeBytes: 40 * MiB });
    assert.deepEqual([made.kind, made.sizeBytes, made.parent], ['volume', 40 * MiB, 'image']);
    assert.ok(made.sharedBytes > 0);
    await assert.rejects(driver.clone('image', 'x', { sizeBytes: MiB }), withCode('size-invalid'));
    await assert.rejects(driver.clone('clone', 'x'), withCode('not-sealed'));
    await write('clone', 4096, Buffer.alloc(4096, 7));
    await driver.snapshot('clone', 'kept');
    const got = await contentOf(site, 'kept');
    const wanted = Buffer.concat([content, Buffer.alloc(40 * MiB - SIZE)]);
    wanted.fill(7, 4096, 8192);
    assert.equal(Buffer.compare(got, wanted), 0);
    assert.equal(Buffer.compare(await contentOf(site, 'image'), content), 0);
  });

  check('a snapshot keeps, a rollback brings back, a clone of a snapshot goes on from it', async (site) => {
    const { driver, write } = site;
    await driver.createVolume('v', 8 * MiB);
    await write('v', 0, Buffer.alloc(4096, 1));
    const snapshot = await driver.snapshot('v', 's');
    assert.equal(snapshot.kind, 'snapshot');
    await write('v', 0, Buffer.alloc(4096, 2));
    await write('v', 4 * MiB, Buffer.alloc(4096, 3));
    assert.equal((await contentOf(site, 's'))[0], 1);
    await driver.clone('s', 'c');
    await write('c', 512, Buffer.alloc(512, 9));
    await driver.rollback('v', 's');
    await driver.snapshot('v', 'back');
    assert.equal(Buffer.compare(await contentOf(site, 'back'), await contentOf(site, 's')), 0);
    await driver.snapshot('c', 'cs');
    const ofClone = await contentOf(site, 'cs');
    assert.deepEqual([ofClone[0], ofClone[512], ofClone[1024]], [1, 9, 1]);
    await driver.createVolume('other', 8 * MiB);
    await assert.rejects(driver.rollback('other', 's'), withCode('not-below'));
    const first = await driver.verify('s');
    assert.equal((await driver.get('s')).sha256, first.sha256);
  });

  check('a volume grows, is sealed, and is then an image', async (site) => {
    const { driver, write } = site;
    await driver.createVolume('v', 4 * MiB);
    assert.equal((await driver.grow('v', 8 * MiB)).sizeBytes, 8 * MiB);
    await assert.rejects(driver.grow('v', 4 * MiB), withCode('size-invalid'));
    await write('v', 6 * MiB, Buffer.alloc(4096, 5));
    assert.equal((await driver.seal('v')).kind, 'image');
    for (const refused of [driver.grow('v', 16 * MiB), driver.snapshot('v', 's'), driver.seal('v')]) {
      await assert.rejects(refused, withCode('read-only'));
    }
    await driver.clone('v', 'c');
    assert.equal((await contentOf(site, 'v'))[6 * MiB], 5);
  });

  check('a flattened clone lets its image go, and holds the same', async (site) => {
    const { driver } = site;
    await image(site);
    await driver.clone('image', 'v');
    const parts: number[] = [];
    const flat = await driver.flatten('v', {
      onProgress: ({ doneBytes, totalBytes }) => parts.push(doneBytes / totalBytes),
    });
    assert.deepEqual([flat.parent, flat.sharedBytes, parts.at(-1)], [null, 0, 1]);
    const { sha256 } = await driver.get('image');
    await driver.delete('image');
    await driver.seal('v');
    assert.equal((await driver.verify('v')).sha256, sha256);
  });

  check(
    'what is open is neither deleted nor turned back, and is told; once closed it can be',
    async (site) => {
      const { driver } = site;
      await driver.createVolume('v', 8 * MiB);
      await driver.snapshot('v', 's');
      const release = await site.hold('v');
      await assert.rejects(driver.delete('v'), withCode('in-use'));
      await assert.rejects(driver.rollback('v', 's'), withCode('in-use'));
      await assert.rejects(driver.seal('v'), withCode('in-use'));
      await driver.snapshot('v', 'meanwhile');
      await release();
      await driver.rollback('v', 'meanwhile');
      assert.equal((await driver.get('v')).kind, 'volume');
    },
  );

  check('what others need cannot be deleted, and everything can be in some order', async (site) => {
    const { driver } = site;
    await image(site);
    await driver.clone('image', 'v');
    await driver.snapshot('v', 's');
    await driver.clone('s', 'c');
    await assert.rejects(driver.delete('image'), withCode('in-use', /v|s/));
    await assert.rejects(driver.delete('s'), withCode('in-use', /c/));
    for (let left = await driver.list(); left.length > 0; left = await driver.list()) {
      const free = left.filter(({ children }) => children.length === 0);
      assert.ok(free.length > 0, 'a circle');
      for (const { name, children } of left) {
        if (children.length > 0) await assert.rejects(driver.delete(name), withCode('in-use'), name);
      }
      for (const { name } of free) await driver.delete(name);
    }
  });

  check('a name is used once, and what is not there is said', async (site) => {
    const { driver, file } = site;
    await image(site);
    await driver.clone('image', 'v');
    await driver.snapshot('v', 's');
    for (const name of ['image', 'v', 's']) {
      await assert.rejects(driver.createVolume(name, MiB), withCode('name-taken'));
      await assert.rejects(driver.snapshot('v', name), withCode('name-taken'));
      await assert.rejects(driver.createImageFromFile(name, file('image.raw')), withCode('name-taken'));
    }
    await assert.rejects(driver.get('none'), withCode('not-found'));
    await assert.rejects(driver.clone('none', 'x'), withCode('not-found'));
    await assert.rejects(driver.createVolume('.hidden', MiB), withCode('name-invalid'));
    await assert.rejects(driver.createVolume('odd', 5000), withCode('size-invalid'));
    assert.deepEqual(
      (await driver.list()).map(({ name }) => name),
      ['image', 's', 'v'],
    );
  });

  check('content that is there already is shared', async (site) => {
    const { driver, file } = site;
    const content = await image(site);
    const again = await driver.createImageFromFile('again', file('image.raw'));
    assert.equal(again.sha256, (await driver.get('image')).sha256);
    assert.ok(again.ownBytes < 65_536, `${again.ownBytes} bytes taken`);
    assert.deepEqual([again.kind, again.parent], ['image', 'image']);
    await assert.rejects(driver.delete('image'), withCode('in-use', /again/));
    assert.equal(Buffer.compare(await contentOf(site, 'again'), content), 0);
    await driver.clone('again', 'c');
    const third = await driver.createImageFromContent('third', again.sha256!);
    assert.equal(third?.sha256, again.sha256);
    assert.equal(await driver.createImageFromContent('fourth', '00'.repeat(32)), undefined);
    assert.equal(
      (await readdir(join(file('image.raw'), '..'))).filter((each) => each.includes('partial')).length,
      0,
    );
  });
}
