import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readWipe } from './report.ts';
import { policyFor } from './wipe.ts';

const MIB = 2 ** 20;
const disk = (name: string, bytes: number, read: number, more = '') =>
  `=== disk ${name}\nsectors=${bytes / 512}\nmodel=Disk\n${more}how=zeros\nread=${read}\n`;
const END = '=== end\n';

describe('the report of a wiped node', () => {
  test('names each disk and how much of it was read back', () => {
    const report = disk('vda', MIB, MIB, 'serial=A1\n') + disk('nvme0n1', 4096 * MIB, 256 * MIB) + END;
    assert.deepEqual(readWipe(report, 'quick'), [
      { name: 'vda', bytes: MIB, serial: 'A1', how: 'zeros', readBytes: MIB },
      { name: 'nvme0n1', bytes: 4096 * MIB, how: 'zeros', readBytes: 256 * MIB },
    ]);
    assert.deepEqual(readWipe(END, 'full'), []);
  });

  test('does not count where too little was read back', () => {
    assert.throws(() => readWipe(disk('vda', MIB, MIB - 512) + END, 'quick'), /of the disk vda/);
    const large = disk('sda', 4096 * MIB, 256 * MIB) + END;
    assert.throws(() => readWipe(large, 'full'), /of the disk sda \d+ of 4294967296 bytes were read back/);
    assert.throws(() => readWipe('=== disk vda\nsectors=8\n=== end\n', 'quick'), /0 of 4096/);
  });

  test('does not count where it was cut short, or says nonsense', () => {
    const report = disk('vda', MIB, MIB);
    assert.throws(() => readWipe(report, 'quick'), /not whole/);
    assert.throws(() => readWipe('', 'quick'), /not whole/);
    assert.throws(
      () => readWipe(disk('vda', MIB, MIB).replace(/read=.*/, 'read=all') + END, 'quick'),
      /"all"/,
    );
  });

  test('does not count where a disk that the node had is missing', () => {
    const report = disk('sda', MIB, MIB, 'serial=A1\n') + disk('sdb', MIB, MIB) + END;
    const known = { name: 'sdb', bytes: MIB, serial: 'A1' };
    // Names go round, serial numbers do not.
    assert.equal(readWipe(report, 'quick', [known, { name: 'sda', bytes: MIB }]).length, 2);
    assert.throws(
      () => readWipe(report, 'quick', [{ ...known, serial: 'B2' }]),
      /the disk sdb \(serial number B2, 1048576 bytes\) that its inspection found was not there/,
    );
    const twice = [known, { name: 'x', bytes: MIB }, { name: 'y', bytes: MIB }];
    assert.throws(() => readWipe(report, 'quick', twice), /the disk y/);
  });

  test('of any text is read or refused in words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        try {
          readWipe(`${disk('vda', MIB, MIB)}${text}\n${END}`, 'quick');
        } catch (error) {
          assert.match((error as Error).message, /not whole|is no|were read back/);
        }
      }),
    );
  });
});

test('an operator notes at a node how it is wiped; a word that means nothing is no way out', () => {
  assert.equal(policyFor('n1', {}, 'quick'), 'quick');
  assert.equal(policyFor('n1', { wipe: 'full' }, 'none'), 'full');
  assert.equal(policyFor('n1', { wipe: 'none' }, 'quick'), 'none');
  for (const noted of ['non', '', null, 0, { policy: 'none' }])
    assert.throws(() => policyFor('n1', { wipe: noted }, 'none'), { code: 'wipe_policy_unknown' });
});
