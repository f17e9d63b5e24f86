import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { probeKvm, rememberedVerdict } from './kvm.ts';
import { lacking, temporaryHome } from './testing.ts';

test('what was found out about KVM is known until this machine boots, and no longer', {
  skip: await lacking(),
}, async () => {
  using home = temporaryHome();
  assert.equal(rememberedVerdict(home.path), undefined);
  const verdict = await probeKvm(join(home.path, 'no-kernel'));
  assert.equal(verdict.works, false);
  assert.deepEqual(rememberedVerdict(home.path), verdict);
  const file = join(home.path, 'cache/kvm.json');
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  writeFileSync(file, readFileSync(file, 'utf8').replace(boot, '00000000-0000-4000-8000-000000000000'));
  assert.equal(rememberedVerdict(home.path), undefined);
});
