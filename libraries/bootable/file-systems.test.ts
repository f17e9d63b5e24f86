/** The readers, on file systems that mke2fs and mtools have made. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import type { FileSystem } from './file-system.ts';
import { openFileSystem } from './file-system.ts';
import { Bench, skip, withSource } from './testing/disk.ts';

const MIB = 2 ** 20;
const bench = new Bench();
after(() => bench[Symbol.dispose]());

async function opened<Result>(
  path: string,
  use: (fileSystem: FileSystem) => Promise<Result>,
): Promise<Result> {
  return await withSource(path, async (source) => await use((await openFileSystem(source))!.fileSystem!));
}

describe('ext4', { skip }, () => {
  const large = randomBytes(3 * MIB + 17);
  const sparse = Buffer.concat([Buffer.alloc(2 * MIB), Buffer.from('end')]);
  const many = Object.fromEntries(
    Array.from({ length: 2000 }, (_, n) => [`many/a-file-with-a-long-name-${n}`, `${n}`]),
  );
  const tree = bench.tree('ext', {
    ...many,
    'usr/bin/large': large,
    sparse,
    empty: '',
    bin: '-> usr/bin',
    'usr/absolute': '-> /bin/large',
    'usr/up': '-> ../../../usr/./bin/large',
    'usr/long': `-> ${'../usr/'.repeat(20)}bin/large`,
    nowhere: '-> /nix',
    round: '-> round',
  });

  for (const options of [
    [],
    ['-b', '1024'],
    ['-O', '^64bit,^has_journal'],
    ['-I', '128', '-O', '^dir_index'],
  ]) {
    test(`what is written is read: ${options.join(' ') || 'as it comes'}`, async () => {
      const path = await bench.ext4('ext.img', tree, options);
      await opened(path, async (ext) => {
        for (const name of [
          '/usr/bin/large',
          '/bin/large',
          '/usr/absolute',
          '/usr/up',
          '/usr/long',
          '/bin/../bin/large',
        ])
          assert.ok((await ext.read(name, 8 * MIB))?.equals(large), name);
        assert.ok((await ext.read('/sparse', 8 * MIB))?.equals(sparse));
        assert.equal((await ext.read('/empty', 8))?.length, 0);
        const names = await ext.list('/many');
        assert.equal(names?.size, 2000);
        assert.equal((await ext.read('/many/a-file-with-a-long-name-1999', 8))?.toString(), '1999');
        for (const name of ['/nix', '/nowhere', '/round', '/usr', '/empty/x'])
          assert.equal(await ext.read(name, 8), undefined);
        assert.equal(await ext.list('/empty'), undefined);
        assert.deepEqual((await ext.list('/'))?.get('bin'), 'link');
        await assert.rejects(ext.read('/usr/bin/large', MIB), /where 1048576 are expected at most/);
      });
    });
  }
});

describe('FAT', { skip }, () => {
  const content = randomBytes(200_000);
  const tree = bench.tree('fat', {
    'EFI/BOOT/BOOTX64.EFI': content,
    'vmlinuz-6.1.0-56-cloud-amd64': 'kernel',
    'A.TXT': 'a',
  });
  for (const [bits, mebibytes] of [
    [12, 4],
    [16, 16],
    [32, 40],
  ] as const) {
    test(`FAT${bits}: long names, short names, whatever their case`, async () => {
      await opened(await bench.fat(`fat${bits}.img`, bits, mebibytes, tree), async (fat) => {
        assert.deepEqual([...(await fat.list('/'))!.keys()].sort(), [
          'A.TXT',
          'EFI',
          'vmlinuz-6.1.0-56-cloud-amd64',
        ]);
        assert.ok((await fat.read('/efi/boot/bootx64.efi', MIB))?.equals(content));
        assert.equal((await fat.read('/vmlinuz-6.1.0-56-cloud-amd64', MIB))?.toString(), 'kernel');
        assert.equal(await fat.read('/EFI', MIB), undefined);
        assert.equal(await fat.list('/nix'), undefined);
      });
    });
  }
});
