/** What newcomers are given: rank as buyers, a subsidy as owners. By legal owner, and only once. */
import { WEIGHT_ONE } from '@bullion/clearing';
import { SUBSIDY } from '../ledger/index.ts';
import { partOf } from './config.ts';
import type { AskOrder, BidOrder, State } from './state.ts';

/** How much of its newness a party still has, in millionths. */
function newness(state: State, name: string): number {
  const party = state.parties.get(name);
  if (!party) return 0;
  const since = state.legals.get(party.legal) ?? party.since;
  const left = since + state.config.newcomerMs - state.now;
  return left <= 0 ? 0 : Math.floor((left / state.config.newcomerMs) * 1_000_000);
}

/** A weight that told to the second since when its party is known would tell in each batch who it is. */
const STEPS = 30;
const inSteps = (ppm: number): number =>
  Math.floor((Math.ceil((ppm * STEPS) / 1_000_000) * 1_000_000) / STEPS);

/** Age and newness: the buyer has a hand in neither at the moment of bidding. `named`: the batch has names of its own. */
export function weightOf(state: State, bid: BidOrder, named: boolean): bigint {
  const { agingPpm, newcomerPpm } = state.config;
  const aged = BigInt(bid.waited) * BigInt(agingPpm);
  const newest = newness(state, bid.buyer);
  return WEIGHT_ONE + aged + partOf(BigInt(newcomerPpm), named ? inSteps(newest) : newest);
}

/** Subsidies of a batch's asks, by id: none that the fund could not pay if all of it were let to the end. */
export function subsidies(state: State, asks: readonly AskOrder[], from: number, until: number) {
  let fund = state.ledger.balance(SUBSIDY);
  const granted = new Map<string, bigint>();
  const byAge = asks.toSorted((a, b) => a.placedAt - b.placedAt || (a.id < b.id ? -1 : 1));
  for (const ask of byAge) {
    if (ask.parent !== null || newness(state, ask.owner) === 0) continue;
    const subsidy = partOf(ask.reserve, state.config.subsidyPpm);
    const slots = Math.min(ask.end, until) - Math.max(ask.start, from);
    const most = subsidy * BigInt(ask.nodes) * BigInt(Math.max(slots, 0));
    if (subsidy === 0n || most > fund) continue;
    fund -= most;
    granted.set(ask.id, subsidy);
  }
  return granted;
}
