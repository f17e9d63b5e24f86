import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from './buffer-pool.ts';

test('what nobody missed between two trims is let go, and what was used is kept', () => {
  const pool = new BufferPool();
  const buffers = Array.from({ length: 10 }, () => pool.take(65536));
  const one = buffers[0]!.length;
  for (const buffer of buffers) pool.give(buffer);
  pool.trim();
  assert.equal(pool.keptBytes, 10 * one, 'a burst that has just ended may come again');
  const used = [pool.take(65536), pool.take(65536), pool.take(65536)];
  for (const buffer of used) pool.give(buffer);
  pool.trim();
  assert.equal(pool.keptBytes, 3 * one);
  pool.trim();
  assert.equal(pool.keptBytes, 0);
});

test('no more is kept than the limit', () => {
  const pool = new BufferPool(256 << 10);
  const buffers = Array.from({ length: 10 }, () => pool.take(65536));
  for (const buffer of buffers) pool.give(buffer);
  assert.ok(pool.keptBytes <= 256 << 10);
});
