/** The state as text and back: equal states have equal texts, so a hash of it says whether two are equal. */
import { Ledger, type LedgerState } from '../ledger/index.ts';
import { decode, encode } from './encoding.ts';
import { isOpen, type State } from './state.ts';

const MAPS = ['parties', 'legals', 'classes', 'nodes', 'asks', 'bids', 'leases', 'parts', 'prices'] as const;

export function snapshot(state: State): string {
  const { letFrom, ledger, ...rest } = state;
  const maps = Object.fromEntries(MAPS.map((name) => [name, [...(state[name] as Map<string, unknown>)]]));
  return encode({ ...rest, ...maps, ledger: ledger.state() });
}

export function restore(text: string): State {
  const read = decode(text) as State &
    Record<(typeof MAPS)[number], [string, never][]> & { ledger: LedgerState };
  const maps = Object.fromEntries(MAPS.map((name) => [name, new Map(read[name])]));
  const state = {
    ...read,
    ...maps,
    ledger: Ledger.from(read.ledger),
    letFrom: new Map(),
  } as unknown as State;
  for (const part of state.parts.values()) {
    if (!isOpen(part)) continue;
    const of = state.letFrom.get(part.ask);
    if (of) of.add(part.id);
    else state.letFrom.set(part.ask, new Set([part.id]));
  }
  return state;
}
