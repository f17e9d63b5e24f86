import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { carries, isClosed, isUnknown, type PortConfig } from '../port.ts';
import { fromColumns, toColumns } from './columns.ts';

const vlan = fc.integer({ min: 1, max: 4094 });
const config: fc.Arbitrary<PortConfig> = fc
  .record({ native: fc.option(vlan), tagged: fc.uniqueArray(vlan, { maxLength: 8 }), isolated: fc.boolean() })
  .map((one) => ({ ...one, tagged: one.tagged.filter((tag) => tag !== one.native) }));

it('what is written is read back, whatever it is', () => {
  fc.assert(fc.property(config, (wanted) => carries(fromColumns(toColumns(wanted)), wanted)));
});

it('nothing reads as closed but what was written to be', () => {
  const column = <T>(atom: fc.Arbitrary<T>) =>
    fc.array(atom, { maxLength: 3 }).map((atoms) => ['set', atoms]);
  const row = fc.record({
    vlan_mode: fc.constantFrom('access', 'trunk', 'native-tagged', 'native-untagged', 'dot1q-tunnel', [
      'set',
      [],
    ]),
    tag: fc.oneof(fc.constantFrom(0, 10, 4095), fc.constant(['set', []])),
    trunks: column(fc.constantFrom(0, 10, 20, 4095)),
    protected: fc.boolean(),
  });
  fc.assert(
    fc.property(row, (columns) => {
      if (!isClosed(fromColumns(columns))) return;
      // Two of the trunks may be the same in this row, as they cannot be in the database.
      assert.deepEqual([columns.vlan_mode === 'access', columns.protected], [false, true]);
      assert.ok((columns.trunks[1] as number[]).every((trunk) => trunk === 4095));
    }),
    { numRuns: 2000 },
  );
});

it('a port without a tag and without trunks is a trunk of everything', () => {
  const none = ['set', []];
  const state = fromColumns({ vlan_mode: none, tag: none, trunks: none, protected: true });
  assert.ok(isUnknown(state) && state.code === 'port_carries_all_vlans');
});
