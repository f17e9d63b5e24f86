import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertCanBuild, missingPackages, requirements } from './requirements.ts';

test('what is missing is told with its package and the command to install it', () => {
  const absent = { package: 'hen-teeth', provides: '/nonexistent/tooth', why: 'there is none' };
  const all = [...requirements, absent, { ...absent, package: 'unicorn', provides: 'unicorn-horn' }];
  const names = missingPackages(all).map((each) => each.package);
  assert.deepEqual(names.slice(-2), ['hen-teeth', 'unicorn']);
  assert.throws(() => assertCanBuild(all), {
    code: 'image_builder_incomplete',
    hint: /apt-get install .*hen-teeth unicorn$/,
  });
});

test('an ordinary user is told that building needs root', {
  skip: process.geteuid?.() !== 0 && 'runs as root',
}, () => {
  process.seteuid!(65534);
  try {
    assert.throws(() => assertCanBuild([]), { code: 'image_builder_needs_root', hint: /sudo/ });
  } finally {
    process.seteuid!(0);
  }
});
