/** Anyone's check of a ledger: from its entries alone. */
import { MINT } from './accounts.ts';
import { chained, type Entry, GENESIS } from './ledger.ts';

export type LedgerVerdict = { entries: number; head: string; fault: string | null };

/** Follows the chain, sums each entry, and looks at each balance after each entry. */
export class LedgerCheck {
  #head = GENESIS;
  #entries = 0;
  #fault: string | null = null;
  readonly balances = new Map<string, bigint>();

  add(entry: Entry): void {
    if (this.#fault !== null) return;
    this.#fault = this.#faultOf(entry);
    if (this.#fault !== null) return;
    this.#head = entry.hash;
    this.#entries = entry.sequence;
  }

  verdict(): LedgerVerdict {
    return { entries: this.#entries, head: this.#head, fault: this.#fault };
  }

  #faultOf(entry: Entry): string | null {
    const at = `entry ${entry.sequence}`;
    if (entry.sequence !== this.#entries + 1) return `${at} follows on ${this.#entries}: entries are missing`;
    if (chained(this.#head, entry).hash !== entry.hash) return `${at} does not have the hash that it claims`;
    if (entry.lines.reduce((sum, { amount }) => sum + amount, 0n) !== 0n) return `${at} does not sum to zero`;
    for (const { account, amount } of entry.lines)
      this.balances.set(account, (this.balances.get(account) ?? 0n) + amount);
    const below = entry.lines.find(
      ({ account }) => account !== MINT && (this.balances.get(account) ?? 0n) < 0n,
    );
    return below ? `${at} leaves ${below.account} below zero` : null;
  }
}
