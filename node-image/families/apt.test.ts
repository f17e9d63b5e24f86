import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Apt } from './apt.ts';
import { ARCHIVES } from './archives.ts';

const DISTRIBUTION = { family: 'debian' as const, suite: 'bookworm', components: ['main'], sources: [] };

test('lists that are fresh are used again though their folder has moved', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'bullion-apt-'));
  try {
    const old = await mkdtemp(join(parent, 'old-'));
    await writeFile(join(old, 'fetched'), '');
    const moved = join(parent, 'moved');
    await rename(old, moved);
    await new Apt(moved, ARCHIVES.debian, DISTRIBUTION).refresh(() =>
      assert.fail('the lists were fetched again'),
    );
    assert.match(await readFile(join(moved, 'apt.conf'), 'utf8'), new RegExp(`Dir::State "${moved}";`));
  } finally {
    await rm(parent, { recursive: true });
  }
});
