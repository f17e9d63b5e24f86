import assert from 'node:assert/strict';
import { it } from 'node:test';
import { uuidv7 } from './ids.ts';

it('an id is a UUID of version 7, unique, and sorts by its time', () => {
  const ids = Array.from({ length: 1000 }, (_, index) => uuidv7(1_700_000_000_000 + index));
  for (const id of ids)
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(Array.from({ length: 1000 }, () => uuidv7(1))).size, 1000);
  assert.equal(Number.parseInt(ids[0]!.replaceAll('-', '').slice(0, 12), 16), 1_700_000_000_000);
});
