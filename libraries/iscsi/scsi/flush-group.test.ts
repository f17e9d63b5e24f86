import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlushGroup } from './flush-group.ts';

/** A disk whose flushes end when they are told to. */
function held() {
  const begun: PromiseWithResolvers<void>[] = [];
  const group = new FlushGroup(() => {
    const flush = Promise.withResolvers<void>();
    begun.push(flush);
    return flush.promise;
  });
  return { begun, group };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('flushes asked for at once are one', async () => {
  const { begun, group } = held();
  const all = Promise.all([group.flush(), group.flush(), group.flush()]);
  await turn();
  assert.equal(begun.length, 1);
  begun[0]!.resolve();
  await all;
});

test('a flush that has begun does not count for who asks later', async () => {
  const { begun, group } = held();
  const first = group.flush();
  await turn();
  let done = 0;
  const later = [group.flush(), group.flush()].map((flush) => flush.then(() => (done += 1)));
  begun[0]!.resolve();
  await first;
  await turn();
  assert.equal(done, 0);
  assert.equal(begun.length, 2);
  begun[1]!.resolve();
  await Promise.all(later);
  assert.equal(done, 2);
});

test('a flush that fails is told to all who shared it, and to nobody else', async () => {
  const { begun, group } = held();
  const shared = [group.flush(), group.flush()];
  await turn();
  const later = group.flush();
  begun[0]!.reject(new Error('EIO'));
  for (const flush of shared) await assert.rejects(flush, /EIO/);
  await turn();
  begun[1]!.resolve();
  await later;
});
