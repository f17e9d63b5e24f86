import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { formatVlans, parseVlans } from './vlan-ranges.ts';

it('ranges are written as people write them', () => {
  assert.equal(formatVlans([]), '');
  assert.equal(formatVlans([7]), '7');
  assert.equal(formatVlans([20, 3, 1, 2, 4, 2, 4094]), '1-4,20,4094');
  assert.equal(formatVlans([1, 2]), '1-2');
});

it('ranges are read in any order, with overlaps and spaces', () => {
  assert.deepEqual(parseVlans('20, 1-3,2-4'), [1, 2, 3, 4, 20]);
  assert.deepEqual(parseVlans(''), []);
  assert.equal(parseVlans('1-4094').length, 4094);
});

it('what is written is read back', () => {
  const vlans = fc.uniqueArray(fc.integer({ min: 1, max: 4094 }), { maxLength: 200 });
  fc.assert(
    fc.property(vlans, (wanted) => {
      assert.deepEqual(
        parseVlans(formatVlans(wanted)),
        [...wanted].sort((a, b) => a - b),
      );
    }),
  );
});

it('what is no list of VLANs is refused, never read as a shorter one', () => {
  for (const text of [
    'none',
    'all',
    '0',
    '4095',
    '1-',
    '-1',
    '5-3',
    '1,,2',
    '1-2-3',
    '1 2',
    '1,x',
    '99999',
    '1.5',
  ]) {
    assert.throws(() => parseVlans(text), TypeError, text);
  }
});
