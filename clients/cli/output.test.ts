import assert from 'node:assert/strict';
import test from 'node:test';
import { bytes, fields, table } from './output.ts';

test('columns line up, numbers to the right, and nothing trails', () => {
  assert.equal(
    table(
      ['switch', 'ports'],
      [
        ['tor1', 4],
        ['a-long-name', 128],
      ],
    ),
    ['SWITCH       PORTS', 'tor1             4', 'a-long-name    128'].join('\n'),
  );
});

test('what is absent is a dash in a table, and no line among fields where it is undefined', () => {
  assert.equal(table(['nic'], [[null]]), 'NIC\n-');
  assert.equal(
    fields([
      ['node', 'n1'],
      ['project', null],
      ['vlan', undefined],
    ]),
    'node     n1\nproject  -',
  );
});

test('nothing that somebody else chose drives the terminal', () => {
  assert.equal(table(['note'], [['a\u001b[2Jb\nc']]), 'NOTE\na?[2Jb?c');
});

test('sizes are told in the largest unit that fits', () => {
  assert.deepEqual([0, 1, 4096, 1024 ** 3, 1.5 * 1024 ** 2].map(bytes), [
    '0 B',
    '1 B',
    '4 KiB',
    '1 GiB',
    '1.5 MiB',
  ]);
});
