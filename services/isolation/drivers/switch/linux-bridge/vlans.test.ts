import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { parseVlans } from '../cli/vlan-ranges.ts';
import { CLOSED, carries, isClosed, isUnknown, type PortConfig } from '../port.ts';
import { type BridgePort, changeLines, fromPort, restoreLines, toVlans, type VlanFlags } from './vlans.ts';

const vlan = fc.integer({ min: 1, max: 4094 });
const config: fc.Arbitrary<PortConfig> = fc
  .record({ native: fc.option(vlan), tagged: fc.uniqueArray(vlan, { maxLength: 8 }), isolated: fc.boolean() })
  .map((one) => ({ ...one, tagged: one.tagged.filter((tag) => tag !== one.native) }));
const anyPort: fc.Arbitrary<BridgePort> = fc.record({
  vlans: fc
    .array(
      fc.tuple(
        fc.integer({ min: 1, max: 12 }),
        fc.record({ pvid: fc.boolean(), untagged: fc.boolean() }, { noNullPrototype: true }),
      ),
    )
    .map((entries) => new Map(entries)),
  isolated: fc.boolean(),
  beyond: fc.constant(undefined),
});

/** What the kernel does with the lines, for one port. Every state on the way goes to `watch`. */
function play(lines: string[], start: BridgePort, watch: (port: BridgePort) => void = () => {}): BridgePort {
  const vlans = new Map<number, VlanFlags>(start.vlans);
  let { isolated } = start;
  for (const line of lines) {
    const words = line.split(' ');
    if (words[0] === 'link') isolated = words[5] === 'on';
    for (const id of words[0] === 'vlan' ? parseVlans(words[5]!) : []) {
      const flags = { pvid: words.includes('pvid'), untagged: words.includes('untagged') };
      if (words[1] === 'del') vlans.delete(id);
      else {
        if (flags.pvid) for (const [other, one] of vlans) vlans.set(other, { ...one, pvid: false });
        vlans.set(id, flags);
      }
    }
    watch({ vlans: new Map(vlans), isolated, beyond: undefined });
  }
  return { vlans, isolated, beyond: undefined };
}

it('what is written is read back, whatever it is', () => {
  const port = (wanted: PortConfig) => ({
    vlans: toVlans(wanted),
    isolated: wanted.isolated,
    beyond: undefined,
  });
  fc.assert(fc.property(config, (wanted) => carries(fromPort(port(wanted)), wanted)));
});

it('a change is exact, whatever was there before', () => {
  fc.assert(
    fc.property(anyPort, config, (now, wanted) => {
      assert.ok(carries(fromPort(play(changeLines([{ port: 'p1', now, wanted }]), now)), wanted));
    }),
  );
});

it('on the way, no VLAN is carried that is carried neither before nor after', () => {
  fc.assert(
    fc.property(anyPort, config, (now, wanted) => {
      const allowed = new Set([...now.vlans.keys(), ...toVlans(wanted).keys()]);
      play(changeLines([{ port: 'p1', now, wanted }]), now, ({ vlans }) => {
        for (const id of vlans.keys()) assert.ok(allowed.has(id));
      });
    }),
  );
});

it('what is there already is left alone', () => {
  const now: BridgePort = {
    vlans: toVlans({ native: 10, tagged: [20, 21], isolated: false }),
    isolated: false,
    beyond: undefined,
  };
  assert.deepEqual(
    changeLines([{ port: 'p1', now, wanted: { native: 10, tagged: [20, 21], isolated: false } }]),
    [],
  );
  assert.deepEqual(
    changeLines([{ port: 'p1', now, wanted: { native: 10, tagged: [21, 22], isolated: false } }]),
    ['vlan del dev p1 vid 20', 'vlan add dev p1 vid 22'],
  );
  assert.deepEqual(changeLines([{ port: 'p1', now, wanted: CLOSED }]), [
    'vlan del dev p1 vid 10',
    'vlan del dev p1 vid 20-21',
    'link set dev p1 isolated on',
  ]);
});

it('a saved port comes back as it was, foreign flags and all', () => {
  fc.assert(
    fc.property(anyPort, anyPort, (saved, found) => {
      const pvids = [...saved.vlans].filter(([, { pvid }]) => pvid);
      fc.pre(pvids.length <= 1);
      assert.deepEqual(
        new Map([...play(restoreLines('p1', saved), found).vlans].sort()),
        new Map([...saved.vlans].sort()),
      );
    }),
  );
});

it('flags that we do not use are foreign, every VLAN is told, and only an empty table is closed', () => {
  fc.assert(
    fc.property(anyPort, (port) => {
      const state = fromPort(port);
      assert.equal(isClosed(state), port.vlans.size === 0);
      if ([...port.vlans.values()].some(({ pvid, untagged }) => pvid !== untagged))
        assert.ok(isUnknown(state));
    }),
  );
  const all = new Map(
    Array.from({ length: 4094 }, (_, index) => [index + 1, { pvid: false, untagged: false }]),
  );
  const state = fromPort({ vlans: all, isolated: false, beyond: undefined });
  assert.ok(isUnknown(state) && state.code === 'port_carries_all_vlans');
});
