/**
 * A clearing in two commands. `freeze` fixes what takes part and makes the commitment, which is published; `clear`
 * computes from that alone, so that a kill in between changes nothing, and nobody's order afterwards does.
 */
import {
  type Batch,
  batchSeed,
  type Clearing,
  type Commitment,
  clear,
  commitTo,
  transcriptHash,
} from '@bullion/clearing';
import { behind } from './allies.ts';
import { subsidies, weightOf } from './newcomers.ts';
import { dropBid } from './orders.ts';
import { bandOf, noteBatch } from './prices.ts';
import { type AskOrder, nextSlot, openParts, type State } from './state.ts';
import { openLease } from './trades.ts';
import type { Turn } from './turn.ts';

export function freeze(turn: Turn): void {
  const { state } = turn;
  if (state.frozen || state.halted) return;
  const from = nextSlot(state);
  for (const [id, bid] of state.bids) {
    // Its start has passed, or its end: it will never be let.
    if (bid.latest < from || bid.expires <= state.now) dropBid(turn, id, 'bid.expired');
  }
  const batch = batchOf(state, from);
  const commit = commitTo(batch);
  state.frozen = { batch, commit };
  state.batches++;
  turn.published = { number: state.batches, at: state.now, commit };
  turn.tell('auction.committed', `auction/${state.batches}`, [...state.parties.keys()], {
    root: commit.root,
  });
}

function batchOf(state: State, from: number): Omit<Batch, 'seed'> {
  const { config } = state;
  const asks = [...state.asks.values()].filter((ask) => !ask.withdrawn && ask.end > from);
  const granted = subsidies(state, asks, from, from + config.horizon);
  return {
    ...{ from, slots: config.horizon, feePpm: config.feePpm },
    ...{ exactUpTo: config.exactUpTo, exactSteps: config.exactSteps },
    asks: asks.map(({ bond, placedAt, withdrawn, parent, kept, ...ask }) => ({
      ...ask,
      subsidy: granted.get(ask.id) ?? 0n,
      ...behind(state, ask.owner),
    })),
    commitments: asks.flatMap((ask) => commitmentsOf(state, ask)),
    bids: [...state.bids.values()].map(({ hold, placedAt, expires, waited, ...bid }) => ({
      ...bid,
      weight: weightOf(state, { hold, placedAt, expires, waited, ...bid }),
      ...behind(state, bid.buyer),
    })),
    bands: [...state.prices].flatMap(([name, prices]) => bandOf(state, name, prices) ?? []),
  };
}

function commitmentsOf(state: State, ask: AskOrder): Commitment[] {
  const leased = openParts(state, ask.id).map(({ lease, nodes, start, end }) => {
    const { buyer } = state.leases.get(lease)!;
    return { ask: ask.id, buyer, nodes, start, end, ...behind(state, buyer) };
  });
  return [...leased, ...ask.kept.map((kept) => ({ ask: ask.id, buyer: ask.owner, ...kept }))];
}

/** Those whose orders are in it; the others may look at it all the same. */
const participants = ({ asks, bids }: Pick<Batch, 'asks' | 'bids'>): string[] => [
  ...new Set([...asks.map(({ owner }) => owner), ...bids.map(({ buyer }) => buyer)]),
];

/** A clearing that was computed elsewhere, of the batch with this commitment. */
export type Cleared = { root: string; clearing: Clearing };

/** What is cleared. Its seed is known only now: from the commitment and the transcript before. */
export const sealed = ({ frozen, previous }: State): Batch => ({
  ...frozen!.batch,
  seed: batchSeed(frozen!.commit.root, previous),
});

export function clearFrozen(turn: Turn, cleared?: Cleared): void {
  const { state } = turn;
  if (!state.frozen) return;
  const batch = sealed(state);
  const clearing = cleared?.root === state.frozen.commit.root ? cleared.clearing : clear(batch);
  const transcript = { version: 1 as const, batch, previous: state.previous, clearing };
  for (const trade of clearing.trades) openLease(turn, trade);
  noteBatch(state, clearing.classes);
  for (const { id } of batch.bids) {
    const bid = state.bids.get(id);
    if (bid) bid.waited++;
  }
  for (const party of state.parties.values()) party.orders = 0;
  const hash = transcriptHash(transcript);
  state.previous = hash;
  state.frozen = null;
  turn.published = { number: state.batches, at: state.now, transcript, hash };
  const data = { trades: clearing.trades.length, hash };
  turn.tell('auction.cleared', `auction/${state.batches}`, participants(batch), data);
  for (const { class: name, held } of clearing.classes)
    if (held) turn.tell('breaker.held', `class/${name}`, participants(batch));
}
