import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MapPage, PageCache } from './page-cache.ts';

function page(): MapPage {
  return { entries: undefined, dirty: false, writing: false, used: false };
}

test('the cache keeps its bound, drops what is idle, and never what is not yet on the disk', () => {
  const cache = new PageCache(10);
  const dirty = { ...page(), dirty: true };
  const writing = { ...page(), writing: true };
  cache.add(1, dirty);
  cache.add(2, writing);
  cache.add(3, page());
  for (let key = 100; key < 1000; key += 1) {
    cache.add(key, page());
    assert.ok(cache.get(3), 'in use all the time');
    assert.ok(cache.size <= 10);
  }
  assert.equal(cache.get(1), dirty);
  assert.equal(cache.get(2), writing);
  assert.equal(cache.get(100), undefined);
});

test('when nothing may be dropped the cache grows, and shrinks again later', () => {
  const cache = new PageCache(4);
  const pages = Array.from({ length: 20 }, () => ({ ...page(), dirty: true }));
  for (const [key, one] of pages.entries()) cache.add(key, one);
  assert.equal(cache.size, 20);
  for (const one of pages) one.dirty = false;
  for (let key = 100; key < 110; key += 1) cache.add(key, page());
  assert.ok(cache.size <= 4, `${cache.size} pages`);
});
