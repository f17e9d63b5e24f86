import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { VolumeError, VolumeStore } from '../index.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const HOLDER = `
  const { VolumeStore } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)});
  await VolumeStore.open(process.argv[1]);
  process.stdout.write('open');
  setInterval(() => {}, 1000);
`;

test('a folder open in another process is refused, naming it, until that one ends, however it ends', async (t) => {
  const folder = await temporaryFolder(t);
  const holder = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', HOLDER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const deadline = setTimeout(() => holder.kill('SIGKILL'), 20_000);
  t.after(() => {
    clearTimeout(deadline);
    holder.kill('SIGKILL');
  });
  const ended = once(holder, 'close');
  await once(holder.stdout, 'data');
  await assert.rejects(VolumeStore.open(folder), (error) => {
    assert.ok(error instanceof VolumeError);
    assert.equal(error.code, 'folder-in-use');
    assert.match(error.message, new RegExp(`process ${holder.pid}$`));
    return true;
  });
  holder.kill('SIGKILL');
  await ended;
  const store = await VolumeStore.open(folder);
  await store.close();
});
