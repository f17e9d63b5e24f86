/**
 * Who pays a victim: the owner's bond for that ask, then what the owner has, then the insurance fund, which is for
 * failures alone: a fund that paid for what an owner chose to do would be emptied by two that agree. What is lacking then
 * is not paid. No account goes below zero, whatever falls.
 */
import { bond, free, INSURANCE, type Line } from '../ledger/index.ts';
import type { AskOrder, Part } from './state.ts';
import { min } from './trades.ts';
import type { Turn } from './turn.ts';

/** Pays up to `amount`; returns what was paid. */
export function payFrom(
  turn: Turn,
  part: Part,
  to: string,
  amount: bigint,
  key: string,
  memo: string,
  insured: boolean,
): bigint {
  const ask = turn.state.asks.get(part.ask);
  let lacks = amount;
  const lines: Line[] = [];
  const take = (account: string, most: bigint) => {
    const taken = min(lacks, most);
    if (taken <= 0n) return 0n;
    lines.push({ account, amount: -taken });
    lacks -= taken;
    return taken;
  };
  const slashed = take(bond(part.owner), ask?.bond ?? 0n);
  take(free(part.owner), turn.balance(free(part.owner)));
  if (insured) take(INSURANCE, turn.balance(INSURANCE));
  const paid = amount - lacks;
  if (paid > 0n) turn.post(key, memo, [...lines, { account: to, amount: paid }]);
  if (ask) slash(ask, slashed);
  return paid;
}

function slash(ask: AskOrder, amount: bigint): void {
  ask.bond -= amount;
}
