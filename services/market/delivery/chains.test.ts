import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREDIT, Floor } from '../testing/floor.ts';
import { type Bound, rechain } from './chains.ts';

/** Three nodes of a hospital's that the start-up has for twenty slots. */
function let3(notice: number | null = null) {
  const floor = new Floor({ sharePpm: 1_000_000 });
  for (const party of ['hospital', 'university', 'startup', 'club']) floor.credit(party, 10_000);
  const name = floor.enroll('hospital', 3);
  floor.ask({ owner: 'hospital', class: name, nodes: 3, notice });
  const terms = { nodes: 3, slots: 20, minNotice: notice };
  const lease = floor.bid({ buyer: 'startup', classes: [name], ...terms });
  floor.clear();
  floor.pass(1);
  const { state } = floor.market;
  const first = state.leases.get(lease)!.parts[0]!;
  const bound: (Bound & { chain: readonly string[] })[] = ['n1', 'n2', 'n3'].map((node) => {
    return { node, chain: [first], settled: true };
  });
  const chains = () => {
    const lacking = rechain(state, bound);
    return { lacking, chains: bound.map(({ chain }) => chain.join(' ')) };
  };
  const sublet = (ask: string, by: string, of: string, nodes: number) =>
    floor.do({ do: 'sublease', lease: of, by, ask, nodes, end: state.leases.get(of)!.end, reserve: CREDIT });
  return { floor, name, lease, first, chains, sublet, state };
}

test('what is sub-let goes to the sub-tenant from the last node on, and back afterwards', () => {
  const { floor, name, lease, first, chains, sublet } = let3();
  sublet('sub', 'startup', lease, 2);
  const inner = floor.bid({ buyer: 'university', classes: [name], nodes: 2, slots: 4 });
  floor.clear();
  assert.deepEqual(chains().chains, [first, first, first], 'it has not begun');
  floor.pass(1);
  const handed = [first, `${first} ${inner}.1`, `${first} ${inner}.1`];
  assert.deepEqual(chains(), { lacking: [], chains: handed });
  assert.deepEqual(chains().chains, handed, 'and again');
  floor.pass(4);
  assert.deepEqual(chains(), { lacking: [], chains: [first, first, first] });
});

test('a sub-tenant sub-lets: each has the node back from the one after', () => {
  const { floor, name, lease, first, chains, sublet } = let3();
  sublet('sub', 'startup', lease, 1);
  const second = floor.bid({ buyer: 'university', classes: [name], slots: 12 });
  floor.clear();
  floor.pass(1);
  chains();
  sublet('subsub', 'university', second, 1);
  const third = floor.bid({ buyer: 'club', classes: [name], slots: 3 });
  floor.clear();
  floor.pass(1);
  assert.equal(chains().chains[2], `${first} ${second}.1 ${third}.1`);
  floor.pass(3);
  assert.equal(chains().chains[2], `${first} ${second}.1`);
  floor.pass(40);
  assert.deepEqual(chains().chains, ['', '', '']);
});

test('an owner that fails has the node back itself, whoever has it of its tenant', () => {
  const { floor, name, lease, first, chains, sublet } = let3();
  sublet('sub', 'startup', lease, 1);
  floor.bid({ buyer: 'university', classes: [name], slots: 8 });
  floor.clear();
  floor.pass(1);
  chains();
  floor.do({ do: 'fail', part: first });
  floor.pass(1);
  assert.deepEqual(chains(), { lacking: [], chains: ['', '', ''] });
});

test('of a lease that is recalled in part the last nodes go; an extended one keeps all', () => {
  const { floor, name, lease, first, chains } = let3(1);
  floor.do({ do: 'extend', lease, by: 'startup', slots: 4, limit: 3n * CREDIT });
  floor.do({ do: 'recall', key: 'r', by: 'hospital', class: name, nodes: 1 });
  assert.equal(chains().chains.filter((chain) => chain !== '').length, 3, 'the notice runs');
  floor.pass(2);
  const { chains: after, lacking } = chains();
  assert.deepEqual([after.filter((chain) => chain === first).length, lacking], [2, []]);
  assert.equal(after.filter((chain) => chain === '').length, 1);
  floor.pass(18);
  const late = chains();
  assert.equal(late.chains.filter((chain) => chain.startsWith(lease)).length, 2, 'over to the extension');
  assert.deepEqual(late.lacking, []);
});
