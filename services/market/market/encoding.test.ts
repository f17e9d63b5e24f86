import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decode, encode } from './encoding.ts';

/** No key of ours is `$`; any other may be, also those that mean something to JavaScript. */
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.bigInt(),
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    tie('list'),
    tie('map'),
  ),
  list: fc.array(tie('value'), { maxLength: 5 }),
  map: fc
    .array(fc.tuple(fc.oneof(fc.string(), fc.constant('__proto__')), tie('value')), { maxLength: 5 })
    .map((pairs) => Object.fromEntries(pairs.filter(([key]) => key !== '$'))),
}));

test('what is read is what was written, amounts of any size among it', () => {
  fc.assert(fc.property(value, (one) => assert.deepEqual(decode(encode(one)), one)));
  assert.deepEqual(decode('{"a":{"$":1}}'), { a: { $: 1 } }, 'not an amount');
});
