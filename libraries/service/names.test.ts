import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MacSchema, NameSchema } from './names.ts';

describe('names', () => {
  it('a name is a host name in spirit, and never a path', () => {
    for (const good of ['a', 'n1', 'rack-1.node_2', 'A'.repeat(63)])
      assert.equal(NameSchema.parse(good), good);
    for (const bad of ['', '.', '..', '-a', 'a-', 'a/b', 'a b', 'ä', 'a\n', 'A'.repeat(64), 7, null]) {
      assert.equal(NameSchema.safeParse(bad).success, false, JSON.stringify(bad));
    }
  });

  it('a MAC address is normalised', () => {
    assert.equal(MacSchema.parse('52-54-00-AB-cd-01'), '52:54:00:ab:cd:01');
    for (const bad of ['', '52:54:00:ab:cd', '52:54:00:ab:cd:0g', '525400abcd01', null]) {
      assert.equal(MacSchema.safeParse(bad).success, false);
    }
  });
});
