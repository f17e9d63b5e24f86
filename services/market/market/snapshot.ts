/**
 * The state as text and back: equal states have equal texts, so a hash of it says whether two are equal. A state that was
 * written by an earlier commit is brought into today's form, so that the journal behind it goes on as it did then.
 */
import { BullionError } from '@bullion/service/errors';
import { Ledger, type LedgerState } from '../ledger/index.ts';
import { noteAlly } from './allies.ts';
import { type Config, DEFAULTS } from './config.ts';
import { decode, encode } from './encoding.ts';
import { emptyState, isOpen, type State } from './state.ts';

/** Raised where what is missing is not what a new market begins with; `STEPS` then says how to go on from the form before. */
const FORM = 2;
const MAPS = ['parties', 'legals', 'classes', 'nodes', 'asks', 'bids', 'leases', 'parts', 'prices'] as const;

type Written = Record<(typeof MAPS)[number], [string, never][]> &
  Pick<State, 'sequence' | 'now' | 'frozen'> & {
    form?: number;
    config: Partial<Config>;
    ledger: LedgerState;
  };

/** All by rank. */
const NOT_YET = { exactUpTo: 0, exactSteps: 0 };

/** From form 1, 2...: what a market of that form had not, it did not do. */
const STEPS: ((written: Written) => void)[] = [
  (written) => {
    written.config = { ...NOT_YET, ...written.config };
    for (const [, ask] of written.asks as unknown as [string, { kept?: unknown[] }][]) ask.kept ??= [];
    for (const [, prices] of written.prices as unknown as [string, { usual?: null }][]) prices.usual ??= null;
    if (written.frozen) written.frozen.batch = { ...NOT_YET, ...written.frozen.batch };
  },
];

/** How many things it knows: what its text takes grows with them. */
export const sizeOf = (state: State): number => MAPS.reduce((sum, name) => sum + state[name].size, 0);

export function snapshot(state: State): string {
  const { letFrom, allies, ledger, ...rest } = state;
  const maps = Object.fromEntries(MAPS.map((name) => [name, [...(state[name] as Map<string, unknown>)]]));
  return encode({ form: FORM, ...rest, ...maps, ledger: ledger.state() });
}

/**
 * `lacking`: numbers of the rules that have come since. They stand at what the market did before, until it is told
 * otherwise. Throws `snapshot_unreadable`, of a later form or damaged.
 */
export function restore(text: string): { state: State; lacking: (keyof Config)[] } {
  let written: Written;
  try {
    written = decode(text) as Written;
  } catch (cause) {
    throw unreadable(cause instanceof Error ? cause.message : String(cause));
  }
  const { form = 1 } = written;
  if (!(form >= 1 && form <= FORM)) throw unreadable(`it is of form ${form}; up to ${FORM} is known`);
  const absent = ['config', 'ledger', 'sequence', 'now', ...MAPS].find((name) => !(name in written));
  if (absent !== undefined) throw unreadable(`it has no ${absent}`);
  const lacking = (Object.keys(DEFAULTS) as (keyof Config)[]).filter((name) => !(name in written.config));
  for (const step of STEPS.slice(form - 1)) step(written);
  const { form: _, config, ...read } = written;
  const maps = Object.fromEntries(MAPS.map((name) => [name, new Map(read[name])]));
  const state = {
    ...emptyState({ ...DEFAULTS, ...config }),
    ...read,
    config: { ...DEFAULTS, ...config },
    ...maps,
    ledger: Ledger.from(read.ledger),
  } as unknown as State;
  derive(state);
  return { state, lacking };
}

function derive(state: State): void {
  for (const [name, { legal }] of state.parties) noteAlly(state, name, legal);
  for (const part of state.parts.values()) {
    if (!isOpen(part)) continue;
    const of = state.letFrom.get(part.ask);
    if (of) of.add(part.id);
    else state.letFrom.set(part.ask, new Set([part.id]));
  }
}

const unreadable = (why: string) =>
  new BullionError('internal', 'snapshot_unreadable', `A snapshot of the market cannot be read: ${why}.`, {
    hint: 'Nothing is lost: the journal is read from its beginning.',
  });
