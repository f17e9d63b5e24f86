/** One who trades under several names, or keeps nodes back: what it gains is measured over random books. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diceOf } from '../../../libraries/clearing/testing/dice.ts';
import { CREDIT, Floor } from '../testing/floor.ts';

/** `BOOKS=500` for a figure that can be relied on. */
const BOOKS = Number(process.env.BOOKS ?? 60);

type Book = { floor: Floor; class: string; owners: string[] };

const RULES = [
  { rule: 'by rank', exactUpTo: 0, books: BOOKS, rivals: 10 },
  // Fewer rivals, so that the best schedule is found each time.
  { rule: 'for the greatest surplus', exactUpTo: 24, books: Math.ceil(BOOKS / 4), rivals: 7 },
] as const;
type Rule = (typeof RULES)[number];

/** Three owners, and buyers who want more than they have. */
function book(seed: number, { exactUpTo, rivals }: Rule, nodesOfFirst = 4): Book {
  const dice = diceOf(seed);
  const floor = new Floor({ exactUpTo });
  const owners = ['owner1', 'owner2', 'owner3'];
  let name = '';
  for (const owner of owners) {
    floor.credit(owner, 100_000);
    name = floor.enroll(owner, 4);
    const nodes = owner === 'owner1' ? nodesOfFirst : 4;
    const reserve = (BigInt(dice(5, 12)) * CREDIT) / 10n;
    if (nodes > 0) floor.ask({ owner, class: name, nodes, reserve });
  }
  for (let n = 0; n < rivals; n++) {
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

/** One buyer to whom four nodes for two hours are worth 2 credits each, together or not at all. */
const WORTH = 2n * CREDIT;
const SLOTS = 8;

/** What it gains by bidding `limit` under so many names, each for its share of the nodes; whether any way was cut short. */
function gainOf(seed: number, rule: Rule, names: readonly string[], limit: bigint) {
  const { floor, class: name } = book(seed, rule);
  for (const party of names) floor.credit(party, 1_000_000);
  const want = { classes: [name], nodes: 4 / names.length, slots: SLOTS, limit };
  const latest = floor.slot + 4;
  const bids = names.map((buyer) => floor.bid({ buyer, ...want, latest }));
  floor.clear();
  const won = bids.flatMap((id) => floor.market.state.leases.get(id) ?? []);
  const size = BigInt(want.nodes * SLOTS);
  const useful = won.length === bids.length && new Set(won.map(({ start }) => start)).size === 1;
  return (useful ? WORTH * 4n * BigInt(SLOTS) : 0n) - won.reduce((sum, { price }) => sum + price * size, 0n);
}

const FOUR = ['one', 'two', 'three', 'four'];

for (const rule of RULES)
  test(`false names, ${rule.rule}: an order for four nodes, and its parts under four names`, (t) => {
    const ways = [
      { how: 'each bids the worth', limit: WORTH },
      { how: 'each bids ten times the worth', limit: 10n * WORTH },
    ];
    let together = 0n;
    const apart = ways.map((way) => ({ ...way, sum: 0n, better: 0, most: 0n }));
    for (let seed = 1; seed <= rule.books; seed++) {
      const honest = gainOf(seed, rule, ['one'], WORTH);
      together += honest;
      for (const way of apart) {
        const gain = gainOf(seed, rule, FOUR, way.limit);
        way.sum += gain;
        if (gain > honest) way.better++;
        if (gain - honest > way.most) way.most = gain - honest;
      }
    }
    for (const { how, sum, better, most } of apart)
      t.diagnostic(
        `over ${rule.books} books: ${inCredits(together)} credits gained in one order, ${inCredits(sum)} under four names (${how}), which paid in ${better} of them, by ${inCredits(most)} at most`,
      );
    for (const { how, sum } of apart) assert.ok(sum < together, `splitting pays on average where ${how}`);
  });

test('withholding: an owner that keeps nodes back to raise the price lends less, and earns less', (t) => {
  const earned = (offered: number) => {
    let sum = 0n;
    for (let seed = 1; seed <= BOOKS; seed++) {
      const { floor } = book(seed, RULES[0], offered);
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
