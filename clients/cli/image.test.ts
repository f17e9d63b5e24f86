import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataCentre } from './testing/data-centre.ts';
import { run } from './testing/run.ts';

type Image = { name: string; state: string; sizeBytes: number; sha256: string | null };

describe('images', () => {
  let dc: DataCentre;
  let disk: string;
  let hospital: string;
  const file = async (name: string, content: string | Buffer) => {
    const path = join(dc.folder, name);
    await writeFile(path, content);
    return path;
  };
  before(async () => {
    dc = await DataCentre.open({ provisioning: true });
    hospital = await dc.admit('hospital');
    disk = await file('disk.raw', randomBytes(64 * 1024));
    // Mostly holes, as disks are.
    await truncate(disk, 8 * 1024 * 1024);
  });
  after(() => dc.close());

  test('an image is imported, sealed, listed, verified, cloned and deleted', async () => {
    const image = await dc.value<Image>(['image', 'import', 'web', disk], hospital);
    assert.deepEqual([image.state, image.sizeBytes], ['sealed', 8 * 1024 * 1024]);
    assert.match(image.sha256!, /^[0-9a-f]{64}$/);
    assert.match(
      (await dc.bullion(['image', 'list'])).stdout,
      /web {4}hospital {2}image {2}sealed {2}8 MiB {2}- {5}no\n/,
    );
    assert.equal(
      (await dc.bullion(['image', 'verify', 'web'], hospital)).stdout,
      'Image web holds what was sealed.\n',
    );
    await dc.value(['volume', 'create', 'data', '--image', 'web'], hospital);
    const used = await dc.bullion(['image', 'delete', 'web'], hospital);
    assert.equal(used.code, 4);
    assert.match(used.stderr, /The image "web" is in use by volume data/);
    await dc.value(['volume', 'snapshot', 'data', 'monday'], hospital);
    assert.match(
      (await dc.bullion(['image', 'show', 'monday'], hospital)).stdout,
      /kind {5}snapshot\n.*from {5}web/s,
    );
    await dc.value(['volume', 'delete', 'data'], hospital);
    await dc.value(['image', 'delete', 'monday'], hospital);
    await dc.value(['image', 'delete', 'web'], hospital);
    assert.deepEqual(await dc.value(['image', 'list']), []);
  });

  test('a disk that cannot boot by itself says so: in a file, in an image, and when it is imported', async () => {
    const checked = await dc.bullion(['image', 'check', disk]);
    assert.equal(checked.code, 0, checked.stderr);
    assert.match(checked.stdout, /disk\.raw will not boot over iSCSI by its own boot loader/);
    assert.match(
      checked.stdout,
      /kernel +missing +no vmlinuz[\s\S]*To do:\n.*\n {2}boot loader: Import it with a kernel/,
    );
    const imported = await dc.bullion(['image', 'import', 'web', disk]);
    assert.match(
      imported.stderr,
      /web will not boot over iSCSI by itself \(.*\)\. All of it: bullion image check web/,
    );
    assert.equal((await dc.value<{ boots: string }>(['image', 'check', 'web'])).boots, 'no');
    await dc.value(['image', 'delete', 'web']);
    assert.equal((await dc.bullion(['image', 'check', 'web'])).code, 3);
  });

  test('an image may bring its kernel', async () => {
    const kernel = await file('vmlinuz', 'kernel');
    const initrd = await file('initrd', 'initrd');
    const parts = ['--kernel', kernel, '--initrd', initrd, '--cmdline', 'console=ttyS0'];
    await dc.value(['image', 'import', 'own', disk, ...parts, '--public']);
    await dc.value(['image', 'delete', 'own']);
  });

  test('what cannot be an image is refused before anything is sent', async () => {
    const cases: [args: string[], code: number, says: RegExp][] = [
      [[join(dc.folder, 'nix.raw')], 3, /nix\.raw cannot be read: there is no such file/],
      [[await file('empty.raw', '')], 2, /empty\.raw is empty/],
      [
        [await file('odd.raw', Buffer.alloc(5000))],
        2,
        /odd\.raw, 5000 bytes, is not a multiple of 4096\.\n {2}hint: The file may be truncated.*truncate --size=%4096/,
      ],
      [[dc.folder], 2, /is not a file/],
      [
        [await file('q.raw', Buffer.concat([Buffer.from('4b444d56', 'hex'), Buffer.alloc(4092)]))],
        2,
        /it is VMDK\.\n {2}hint: Convert it: qemu-img convert -O raw/,
      ],
      [[disk, '--kernel', disk], 2, /belong together/],
      [[disk, '--kernel', disk, '--initrd', '/nix'], 3, /The initramfs file \/nix cannot be read/],
    ];
    for (const [args, code, says] of cases) {
      const { code: is, stderr } = await dc.bullion(['image', 'import', 'bad', ...args]);
      assert.equal(is, code, stderr);
      assert.match(stderr, says);
    }
    assert.deepEqual(await dc.value(['image', 'list']), []);
  });

  test('an import that is broken off leaves no half image, and its name can be used again', async () => {
    const large = await file('large.raw', '');
    await truncate(large, 16 * 1024 ** 3);
    const stop = new AbortController();
    const env = { BULLION_URL: dc.url, BULLION_TOKEN: dc.token };
    const importing = run(['image', 'import', 'half', large], env, { signal: stop.signal });
    const states = async () => (await dc.value<Image[]>(['image', 'list'])).map(({ state }) => state);
    while (!(await states()).includes('uploading')) await sleep(10);
    await sleep(100);
    stop.abort();
    const { code, stdout, stderr } = await importing;
    assert.deepEqual([code, stdout, stderr], [130, '', 'Uploading half, 16 GiB\n']);
    assert.deepEqual(await states(), []);
    await dc.value(['image', 'import', 'half', disk]);
    await dc.value(['image', 'delete', 'half']);
  });

  test('a name that is taken is told before minutes of building', async () => {
    await dc.value(['image', 'import', 'web', disk]);
    const { code, stderr } = await dc.bullion(['image', 'build', 'web', '--recipe', 'nix']);
    assert.equal(code, 4);
    assert.match(stderr, /There is an image "web" already\.\n {2}hint: .*bullion image delete web/);
    await dc.value(['image', 'delete', 'web']);
  });

  test('a recipe names its image; what is wrong in it is told with its line, before anything is built', async () => {
    const path = await file('mine.yaml', 'extends: nowhere.yaml\nname: mine\n');
    const wrong = await dc.bullion(['image', 'build', path]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /mine\.yaml is wrong at extends, line 1: there is no .*nowhere\.yaml/);
    const golden = join(import.meta.dirname, '../../node-image/recipes/golden.yaml');
    await file('mine.yaml', `extends: ${golden}\nname: mine\n`);
    for (const [args, name] of [
      [[], 'mine'],
      [['--name', 'web'], 'web'],
    ] as const) {
      await dc.value(['image', 'import', name, disk]);
      const taken = await dc.bullion(['image', 'build', path, ...args]);
      assert.match(taken.stderr, new RegExp(`There is an image "${name}" already`));
      await dc.value(['image', 'delete', name]);
    }
  });

  test('a recipe that is not there', async () => {
    const { code, stderr } = await dc.bullion(['image', 'build', 'web', '--recipe', 'nix']);
    assert.equal(code, 3);
    assert.match(stderr, /There is no recipe "nix"/);
  });

  test('booting says what is lacking, and changes nothing', async () => {
    const key = await file('id.pub', 'ssh-ed25519 AAAA me\n');
    const secret = await file('id', '-----BEGIN OPENSSH PRIVATE KEY-----\n');
    const cases: [args: string[], code: number, says: RegExp][] = [
      [['nix', '--image', 'web', '--ssh-key', key], 3, /There is no node "nix"/],
      [['nix'], 2, /A boot needs an image to clone or a volume to run from/],
      [
        ['nix', '--image', 'a', '--ssh-key', secret],
        2,
        /holds a private key\.\n {2}hint: Name the public half: .*id\.pub/,
      ],
      [['nix', '--image', 'a', '--ssh-key', '/nix'], 3, /The key file \/nix cannot be read/],
    ];
    for (const [args, code, says] of cases) {
      const { code: is, stderr } = await dc.bullion(['boot', ...args]);
      assert.equal(is, code, stderr);
      assert.match(stderr, says);
    }
    assert.deepEqual(await dc.value(['boot', 'list', '--all']), []);
    assert.equal((await dc.bullion(['boot', 'end', 'nix', '--no-wait'])).code, 3);
  });
});
