import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CpioEntry, writeCpio } from './cpio.ts';

const text = (path: string, content: string): CpioEntry => ({
  path,
  kind: 'file',
  mode: 0o644,
  data: Buffer.from(content),
});

test('an archive has the bytes that the kernel documents', () => {
  const archive = writeCpio([text('a', 'xyz')], 0x65000000).toString('latin1');
  const header = [
    '070701', // magic
    '00000001', // inode
    '000081a4', // a plain file, 0644
    '00000000', // user
    '00000000', // group
    '00000001', // links
    '65000000', // time
    '00000003', // size of data
    '00000000', // device
    '00000000',
    '00000000', // device of a device file
    '00000000',
    '00000002', // size of name, its end included
    '00000000', // checksum
  ].join('');
  assert.ok(
    archive.startsWith(`${header}a\x00xyz\x00070701`),
    'data begins at a multiple of four, and is padded to one',
  );
  assert.match(archive, /TRAILER!!!\0+$/);
  assert.equal(archive.length % 4, 0);
});

test('the order in which entries are given makes no difference', () => {
  const entries = [text('b/c', '1'), text('a', '2'), { path: 'b/d', kind: 'link', target: 'c' } as const];
  assert.deepEqual(writeCpio(entries, 1), writeCpio([...entries].reverse(), 1));
});

test('a relative path is required, once', () => {
  for (const path of ['', '/etc', 'etc/']) assert.throws(() => writeCpio([text(path, '')], 0), RangeError);
  assert.throws(() => writeCpio([text('a', ''), text('a', '')], 0), /two entries for a/);
});

const cpio = spawnSync('cpio', ['--version']).status === 0;
test('cpio(1) lists what was written, folders before what they hold', { skip: !cpio && 'needs cpio' }, () => {
  const name = fc.stringMatching(/^[a-z]{1,3}$/);
  const paths = fc.uniqueArray(
    fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => `f${parts.join('/f')}`),
  );
  fc.assert(
    fc.property(paths, fc.uint8Array({ maxLength: 9 }), (files, data) => {
      const leaves = files.filter((path) => !files.some((other) => other.startsWith(`${path}/`)));
      const archive = writeCpio(
        leaves.map((path) => ({ path, kind: 'file', mode: 0o600, data })),
        7,
      );
      const { stdout, status } = spawnSync('cpio', ['-t', '--quiet'], { input: archive });
      const listed = stdout.toString().split('\n').filter(Boolean);
      assert.equal(status, 0);
      for (const path of leaves) assert.ok(listed.includes(path));
      listed.forEach((path, index) => {
        const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
        if (parent !== '') assert.ok(listed.indexOf(parent) < index, `${parent} before ${path}`);
      });
    }),
    { numRuns: 20 },
  );
});
