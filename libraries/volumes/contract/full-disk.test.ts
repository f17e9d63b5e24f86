import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const SCRIPT = new URL('../testing/full-disk.ts', import.meta.url).pathname;
const unshare = ['--mount', '--propagation', 'private'];
const canMount = spawnSync('unshare', [...unshare, 'true']).status === 0;

test('a real file system that fills up refuses writes, harms nobody, and all goes on when there is space again', {
  skip: canMount ? false : 'needs root, for a mount namespace',
}, async (t) => {
  const folder = await temporaryFolder(t);
  const node = [process.execPath, '--no-warnings', SCRIPT, folder];
  const { status, stderr } = spawnSync('unshare', [...unshare, ...node], { timeout: 60_000 });
  assert.equal(status, 0, String(stderr));
});
