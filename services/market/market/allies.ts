/** Allies: the parties that one legal owner stands behind. What is capped or remembered is so for all of them together. */
import type { Party, State } from './state.ts';

/** For the index: a party came, or another stands behind it now. */
export function noteAlly(state: State, name: string, legal: string): void {
  const before = state.parties.get(name)?.legal;
  if (before !== undefined && before !== legal) state.allies.get(before)?.delete(name);
  const of = state.allies.get(legal);
  if (of) of.add(name);
  else state.allies.set(legal, new Set([name]));
}

/** Itself among them. */
export const alliesOf = (state: State, name: string): ReadonlySet<string> =>
  state.allies.get(state.parties.get(name)?.legal ?? name) ?? new Set([name]);

/** The first of them by name stands for all; who is behind them is not told. */
export function standIn(state: State, name: string): string {
  let first = name;
  for (const ally of alliesOf(state, name)) if (ally < first) first = ally;
  return first;
}

/** For an order of the party's: nothing where it stands for itself. */
export function behind(state: State, name: string): { behind?: string } {
  const first = standIn(state, name);
  return first === name ? {} : { behind: first };
}

/** Over all parties of its legal owner. */
function overAll<Amount extends number | bigint>(
  state: State,
  name: string,
  none: Amount,
  of: (sum: Amount, party: Party) => Amount,
): Amount {
  let sum = none;
  for (const ally of alliesOf(state, name)) {
    const party = state.parties.get(ally);
    if (party) sum = of(sum, party);
  }
  return sum;
}

export const ordersOf = (state: State, name: string): number =>
  overAll<number>(state, name, 0, (sum, { orders }) => sum + orders);

export const notionalOf = (state: State, name: string): bigint =>
  overAll<bigint>(state, name, 0n, (sum, { notional }) => sum + notional);

/** Of whichever of them failed most: nobody's past is left behind with a name. */
export const strikesOf = (state: State, name: string): number =>
  overAll<number>(state, name, 1, (most, { strikes }) => Math.max(most, strikes));

const STRIKES_MAX = 4;

export function strike(state: State, name: string): void {
  state.parties.get(name)!.strikes = Math.min(strikesOf(state, name) * 2, STRIKES_MAX);
}
