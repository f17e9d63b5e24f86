import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FileServer } from '../../services/provisioning/testing/files.ts';
import { DataCentre } from './testing/data-centre.ts';

type Image = { name: string; sha256: string; sizeBytes: number; public: boolean; sharedWith: string[] };

describe('images that come and go', () => {
  let dc: DataCentre;
  let web: FileServer;
  let hospital: string;
  const disk = randomBytes(64 * 1024);
  const sha256 = createHash('sha256').update(disk).digest('hex');
  before(async () => {
    dc = await DataCentre.open({ provisioning: true });
    web = await FileServer.start();
    web.files.set('/web.gz', gzipSync(disk));
    hospital = await dc.admit('hospital');
    await dc.admit('school');
  });
  after(async () => {
    await web[Symbol.asyncDispose]();
    await dc.close();
  });

  test('an image is imported from an address and from a packed file, and exported as it was', async () => {
    const image = await dc.value<Image>(['image', 'import', 'web', web.url('/web.gz')], hospital);
    assert.deepEqual([image.sha256, image.sizeBytes], [sha256, disk.length]);
    const packed = join(dc.folder, 'web.raw.gz');
    await writeFile(packed, gzipSync(disk));
    assert.equal((await dc.value<Image>(['image', 'import', 'packed', packed], hospital)).sha256, sha256);
    const out = join(dc.folder, 'out.raw');
    // A download that broke off.
    await writeFile(`${out}.part`, disk.subarray(0, 1000));
    assert.match(
      (await dc.bullion(['image', 'export', 'web', out], hospital)).stdout,
      /Image web is in .*64 KiB/,
    );
    assert.ok((await readFile(out)).equals(disk));
    assert.equal((await dc.bullion(['image', 'export', 'web', out], hospital)).code, 4);
    await dc.value(['image', 'export', 'web', join(dc.folder, 'out.qcow2')], hospital);
    assert.equal((await readFile(join(dc.folder, 'out.qcow2'))).toString('latin1', 0, 3), 'QFI');
    await dc.value(['image', 'delete', 'packed'], hospital);
  });

  test('an import that fails says why, and leaves the name free', async () => {
    const { code, stderr } = await dc.bullion(['image', 'import', 'none', web.url('/none')], hospital);
    assert.notEqual(code, 0);
    assert.match(stderr, /the server answered 404/);
    const inside = await dc.bullion(['image', 'import', 'none', 'http://10.0.0.1/disk'], hospital);
    assert.match(inside.stderr, /address 10\.0\.0\.1 may not be fetched from here.*hint: .*--import-from/s);
    assert.equal((await dc.bullion(['image', 'show', 'none'], hospital)).code, 3);
  });

  test('an image is renamed, copied, shared, published, deleted and brought back', async () => {
    await dc.value(['image', 'rename', 'web', 'site'], hospital);
    await dc.value(['image', 'copy', 'site', 'twin'], hospital);
    await dc.value(['image', 'share', 'site', 'school'], hospital);
    assert.match((await dc.bullion(['image', 'show', 'site'], hospital)).stdout, /shared +school\n/);
    await dc.value(['image', 'unshare', 'site', 'school'], hospital);
    assert.equal((await dc.value<Image>(['image', 'publish', 'site'], hospital)).public, true);
    await dc.value(['image', 'unpublish', 'site'], hospital);
    await dc.value(['image', 'delete', 'site'], hospital);
    assert.match((await dc.bullion(['image', 'deleted'], hospital)).stdout, /image {2,}site/);
    await dc.value(['image', 'undelete', 'site'], hospital);
    await dc.value(['volume', 'create', 'data', '--image', 'site'], hospital);
    await dc.value(['volume', 'snapshot', 'data', 'monday'], hospital);
    assert.match((await dc.bullion(['volume', 'snapshots', 'data'], hospital)).stdout, /monday/);
    assert.equal(
      (await dc.bullion(['volume', 'restore', 'data', 'monday'], hospital)).stdout,
      'Volume data holds what monday does.\n',
    );
    await dc.value(['volume', 'delete', 'data'], hospital);
    await dc.value(['volume', 'undelete', 'data'], hospital);
  });
});
