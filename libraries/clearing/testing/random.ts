/** Random batches, by seed: the same seed gives the same batch everywhere. */
import { type Batch, WEIGHT_ONE } from '../types.ts';
import { diceOf } from './dice.ts';
import { aBatch, aBid, anAsk } from './orders.ts';

const BUYERS = ['b0', 'b1', 'b2', 'o0', 'o1'];
const CLASSES = ['c0', 'c1', 'c2'];
/** Parties that are one with another, in some batches. */
const ALLIES: Record<string, string>[] = [
  { b1: 'b0', b2: 'b0' },
  { b0: 'o0', o2: 'o0' },
  { b1: 'o1', b2: 'o0', o3: 'o1' },
];

/** Small and crowded, with every feature of orders in it. */
export function anyBatch(seed: number): Batch {
  const dice = diceOf(seed);
  const pick = <One>(from: readonly One[]): One => from[dice(0, from.length - 1)]!;
  const often = dice(1, 8);
  const rarely = () => dice(0, often) === 0;
  const slots = dice(4, 24);
  const from = dice(0, 3);
  const asks = Array.from({ length: dice(1, 7) }, (_, at) => {
    const start = rarely() ? dice(0, from + slots - 1) : from;
    return anAsk({
      id: `a${at}`,
      owner: `o${dice(0, 3)}`,
      class: pick(CLASSES.slice(0, dice(1, 3))),
      nodes: dice(1, 6),
      start,
      end: rarely() ? dice(start + 1, start + slots) : from + slots,
      reserve: BigInt(dice(0, 6)),
      subsidy: rarely() ? BigInt(dice(0, 4)) : 0n,
      notice: rarely() ? dice(0, 4) : null,
      minLease: rarely() ? dice(1, 4) : 1,
      allow: rarely() ? BUYERS.slice(dice(0, 2)) : null,
      maxPerBuyer: rarely() ? dice(1, 3) : null,
      tier: dice(0, 2),
    });
  });
  const bids = Array.from({ length: dice(0, 24) }, (_, at) => {
    const earliest = dice(0, from + slots);
    return aBid({
      id: `b${at}`,
      buyer: pick(BUYERS),
      classes: rarely() ? ['c1', pick(CLASSES)] : [pick(CLASSES.slice(0, dice(1, 3)))],
      nodes: dice(1, 5),
      slots: dice(1, 8),
      earliest,
      latest: earliest + dice(0, slots),
      limit: BigInt(dice(0, 14)),
      minNotice: rarely() ? dice(0, 4) : null,
      sameOwner: rarely(),
      tier: rarely() ? dice(0, 2) : 0,
      weight: rarely() ? WEIGHT_ONE + BigInt(dice(0, 1_000_000)) : WEIGHT_ONE,
    });
  });
  const commitments = asks.flatMap(({ id, start, end, nodes }) => {
    if (!rarely()) return [];
    const begin = dice(start, end - 1);
    return [{ ask: id, buyer: pick(BUYERS), nodes: dice(1, nodes), start: begin, end: dice(begin + 1, end) }];
  });
  const feePpm = rarely() ? dice(0, 300_000) : 0;
  const behind = rarely() ? ALLIES[dice(0, ALLIES.length - 1)]! : {};
  const allied = <One extends object>(party: string, one: One): One =>
    behind[party] === undefined ? one : { ...one, behind: behind[party] };
  return aBatch({
    ...{ seed: String(seed), from, slots, feePpm },
    asks: asks.map((ask) => allied(ask.owner, ask)),
    commitments: commitments.map((one) => allied(one.buyer, one)),
    bids: bids.map((bid) => allied(bid.buyer, bid)),
  });
}
