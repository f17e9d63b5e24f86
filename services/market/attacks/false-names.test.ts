/** One who trades under several names, or keeps nodes back: what it gains is measured over random books. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diceOf } from '../../../libraries/clearing/testing/dice.ts';
import { CREDIT, Floor } from '../testing/floor.ts';

const BOOKS = 60;

type Book = { floor: Floor; class: string; owners: string[] };

/** Three owners, and buyers who want more than they have. */
function book(seed: number, nodesOfFirst = 4): Book {
  const dice = diceOf(seed);
  // By rank: what is measured here is that rule.
  const floor = new Floor({ exactUpTo: 0 });
  const owners = ['owner1', 'owner2', 'owner3'];
  let name = '';
  for (const owner of owners) {
    floor.credit(owner, 100_000);
    name = floor.enroll(owner, 4);
    const nodes = owner === 'owner1' ? nodesOfFirst : 4;
    const reserve = (BigInt(dice(5, 12)) * CREDIT) / 10n;
    if (nodes > 0) floor.ask({ owner, class: name, nodes, reserve });
  }
  for (let n = 0; n < 10; n++) {
    floor.credit(`buyer${n}`, 100_000);
    const slots = dice(2, 12);
    const earliest = floor.slot + dice(0, 4);
    floor.bid({
      ...{ buyer: `buyer${n}`, classes: [name], nodes: dice(1, 3), slots, earliest },
      ...{ latest: earliest + dice(0, 6), limit: (BigInt(dice(8, 30)) * CREDIT) / 10n },
    });
  }
  return { floor, class: name, owners };
}

const inCredits = (amount: bigint) => (Number(amount) / 1e6).toFixed(1);

test('false names: four orders under four names lose most of what one order for four nodes gains', (t) => {
  const limit = 2n * CREDIT;
  const slots = 8;
  let together = 0n;
  let apart = 0n;
  let better = 0;
  for (let seed = 1; seed <= BOOKS; seed++) {
    const gain = (names: string[]) => {
      const { floor, class: name } = book(seed);
      for (const party of names) floor.credit(party, 100_000);
      const want = { classes: [name], nodes: 4 / names.length, slots, limit };
      const latest = floor.slot + 4;
      const bids = names.map((buyer) => floor.bid({ buyer, ...want, latest }));
      floor.clear();
      const won = bids.map((id) => floor.market.state.leases.get(id)).filter((lease) => lease !== undefined);
      const size = BigInt(want.nodes * slots);
      // Four nodes are of use together or not at all.
      const value = won.length === bids.length ? limit * 4n * BigInt(slots) : 0n;
      return value - won.reduce((sum, lease) => sum + lease.price * size, 0n);
    };
    const [honest, split] = [gain(['one']), gain(['one', 'two', 'three', 'four'])];
    together += honest;
    apart += split;
    if (split > honest) better++;
  }
  t.diagnostic(
    `over ${BOOKS} books: ${inCredits(together)} credits gained in one order, ${inCredits(apart)} under four names, which paid in ${better} of them`,
  );
  assert.ok(apart < together, 'splitting pays on average');
});

test('withholding: an owner that keeps nodes back to raise the price lends less, and earns less', (t) => {
  const earned = (offered: number) => {
    let sum = 0n;
    for (let seed = 1; seed <= BOOKS; seed++) {
      const { floor } = book(seed, offered);
      floor.clear();
      for (const part of floor.market.state.parts.values()) {
        if (part.owner === 'owner1') sum += part.gross * BigInt(part.nodes * (part.end - part.start));
      }
    }
    return sum;
  };
  const [all, three, two, one] = [4, 3, 2, 1].map(earned) as [bigint, bigint, bigint, bigint];
  t.diagnostic(
    `an owner of four nodes earns ${inCredits(all)} credits with all, ${inCredits(three)}, ${inCredits(two)} and ${inCredits(one)} with three, two and one`,
  );
  assert.ok(all > three && three > two && two > one);
});
