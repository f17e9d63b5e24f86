/**
 * A clearing in two commands. `freeze` fixes what takes part and makes the commitment, which is published; `clear`
 * computes from that alone, so that a kill in between changes nothing, and nobody's order afterwards does. What is
 * committed to, cleared and published has names that were made for this batch; the market itself goes on with its own.
 */
import {
  type Batch,
  batchSeed,
  type Clearing,
  type Commitment,
  clear,
  commitTo,
  ENGINE,
  engineOf,
  type Trade,
  type Transcript,
  transcriptHash,
  underNames,
} from '@bullion/clearing';
import { behind } from './allies.ts';
import type { Command } from './commands.ts';
import { subsidies, weightOf } from './newcomers.ts';
import { dropBid } from './orders.ts';
import { bandOf, noteBatch } from './prices.ts';
import { type AskOrder, nextSlot, openParts, type State } from './state.ts';
import { openLease } from './trades.ts';
import type { Turn } from './turn.ts';

/** `secret` is what the batch's names are made of: by chance, and for one batch. */
export const freezing = (secret: string): Command => ({ do: 'freeze', secret, engine: ENGINE });

/** How a batch goes on that was committed to: by other rules than this release has it cannot be cleared. */
export const concluding = ({ frozen }: State): Command => ({
  do: frozen && engineOf(frozen.batch) !== ENGINE ? 'thaw' : 'clear',
});

/** Journals from before there were names and numbers have neither. */
export type Freezing = { secret?: string; engine?: number };

export function freeze(turn: Turn, { secret, engine }: Freezing): void {
  const { state } = turn;
  if (state.frozen || state.halted) return;
  const from = nextSlot(state);
  for (const [id, bid] of state.bids) {
    // Its start has passed, or its end: it will never be let.
    if (bid.latest < from || bid.expires <= state.now) dropBid(turn, id, 'bid.expired');
  }
  const open = { ...batchOf(state, from, secret !== undefined), ...(engine === undefined ? {} : { engine }) };
  const named = secret === undefined ? { batch: open } : underNames(open, secret);
  const commit = commitTo(named.batch);
  state.frozen = { ...named, commit };
  state.batches++;
  turn.published = {
    number: state.batches,
    at: state.now,
    commit,
    ...(secret === undefined ? {} : { secret }),
  };
  turn.tell('auction.committed', `auction/${state.batches}`, [...state.parties.keys()], {
    root: commit.root,
  });
}

/** Nothing comes of the batch; its orders are in the next. That it was committed to stays published. */
export function thaw(turn: Turn): void {
  const { state } = turn;
  if (!state.frozen) return;
  state.frozen = null;
  turn.tell('auction.dropped', `auction/${state.batches}`, [...state.parties.keys()]);
}

function batchOf(state: State, from: number, named: boolean): Omit<Batch, 'seed'> {
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
      weight: weightOf(state, { hold, placedAt, expires, waited, ...bid }, named),
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

/** A clearing that was computed elsewhere, or before, of the batch with this commitment. */
export type Cleared = { root: string; clearing: Clearing };

/** What is cleared. Its seed is known only now: from the commitment and the transcript before. */
export const sealed = ({ frozen, previous }: State): Batch => ({
  ...frozen!.batch,
  seed: batchSeed(frozen!.commit.root, previous),
});

export function clearFrozen(turn: Turn, cleared?: Cleared): void {
  const { state } = turn;
  if (!state.frozen) return;
  const { commit, orders } = state.frozen;
  const batch = sealed(state);
  const clearing = cleared?.root === commit.root ? cleared.clearing : clear(batch);
  const version = orders ? 2 : 1;
  const transcript: Transcript = { version, batch, previous: state.previous, clearing };
  const idOf = (name: string) => orders?.[name] ?? name;
  const bids = batch.bids.map(({ id }) => idOf(id));
  const asks = batch.asks.map(({ id }) => idOf(id));
  // Those whose orders are in it; the others may look at it all the same.
  const participants = [
    ...asks.map((id) => state.asks.get(id)!.owner),
    ...bids.map((id) => state.bids.get(id)!.buyer),
  ];
  for (const trade of clearing.trades) openLease(turn, ownTrade(state, trade, idOf));
  noteBatch(state, clearing.classes);
  for (const id of bids) {
    const bid = state.bids.get(id);
    if (bid) bid.waited++;
  }
  for (const party of state.parties.values()) party.orders = 0;
  const hash = transcriptHash(transcript);
  state.previous = hash;
  state.frozen = null;
  turn.published = { number: state.batches, at: state.now, transcript, hash };
  const data = { trades: clearing.trades.length, hash };
  turn.tell('auction.cleared', `auction/${state.batches}`, participants, data);
  for (const { class: name, held } of clearing.classes)
    if (held) turn.tell('breaker.held', `class/${name}`, participants);
}

/** A trade of the batch, under the market's own names. */
function ownTrade(state: State, trade: Trade, idOf: (name: string) => string): Trade {
  const bid = idOf(trade.bid);
  const hosts = trade.hosts.map((host) => {
    const ask = idOf(host.ask);
    return { ...host, ask, owner: state.asks.get(ask)!.owner };
  });
  return { ...trade, bid, buyer: state.bids.get(bid)!.buyer, hosts };
}
