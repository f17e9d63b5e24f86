import assert from 'node:assert/strict';
import { chmod, readdir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hashToken, newToken, SecretBox } from './secrets.ts';
import { testFolder } from './testing/folder.ts';

describe('secrets', () => {
  it('a secret is opened under its key and its context alone', () => {
    const box = SecretBox.ephemeral();
    const sealed = box.seal({ password: 'pässword' }, 'node/n1/bmc');
    assert.ok(!Buffer.from(sealed, 'base64').includes('ssword'));
    assert.deepEqual(box.open(sealed, 'node/n1/bmc'), { password: 'pässword' });
    assert.notEqual(box.seal(1, 'x'), box.seal(1, 'x'));
    assert.throws(() => box.open(sealed, 'node/n2/bmc'), { code: 'secret_unreadable' });
    assert.throws(() => SecretBox.ephemeral().open(sealed, 'node/n1/bmc'), { code: 'secret_unreadable' });
  });

  it('a secret that was changed or cut is refused', () => {
    const box = SecretBox.ephemeral();
    const bytes = Buffer.from(box.seal('secret', 'x'), 'base64');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      assert.throws(() => box.open(changed.toString('base64'), 'x'), { code: 'secret_unreadable' });
      assert.throws(() => box.open(bytes.subarray(0, at).toString('base64'), 'x'), {
        code: 'secret_unreadable',
      });
    }
  });

  it('the key is kept in a file that only its owner reads', async (t) => {
    const folder = await testFolder(t);
    const path = join(folder, 'secret.key');
    const sealed = SecretBox.open(path).seal('secret', 'x');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['secret.key']);
    await chmod(path, 0o644);
    assert.equal(SecretBox.open(path).open(sealed, 'x'), 'secret');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('a damaged key, or a missing one that is needed, is refused and not replaced', async (t) => {
    const path = join(await testFolder(t), 'secret.key');
    for (const damaged of ['', 'zz'.repeat(32), 'ab'.repeat(31)]) {
      await writeFile(path, damaged);
      assert.throws(() => SecretBox.open(path), { code: 'secret_key_damaged' });
    }
    await unlink(path);
    assert.throws(() => SecretBox.open(path, { create: false }), { code: 'secret_key_missing' });
    await assert.rejects(stat(path), { code: 'ENOENT' });
  });

  it('tokens are random and kept as hashes', () => {
    assert.notEqual(newToken(), newToken());
    assert.match(newToken('x'), /^x_[\w-]{43}$/);
    assert.equal(hashToken('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
