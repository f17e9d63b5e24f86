/**
 * Double entry. Every entry sums to zero, no account but the mint goes below zero, an entry under a key that was used is
 * the entry that was made then, and each entry's hash covers the one before it. Pure: no clock, no disk.
 */
import { hash } from 'node:crypto';
import { BullionError, conflict } from '@bullion/service/errors';
import { MINT } from './accounts.ts';
import { inCredits } from './credits.ts';

/** Micro-credits; positive comes in. */
export type Line = { account: string; amount: bigint };
export type Posting = { key: string; memo: string; lines: readonly Line[] };
export type Entry = Posting & { sequence: number; at: number; hash: string };
export type LedgerState = { sequence: number; head: string; balances: [string, string][]; keys: string[] };

export const GENESIS = '0'.repeat(64);
/** Keys of older entries are refused by the store's unique index alone: memory is bounded. */
export const KEYS_KEPT = 200_000;

export class Ledger {
  #sequence = 0;
  #head = GENESIS;
  readonly #balances = new Map<string, bigint>();
  readonly #keys = new Set<string>();
  /** The same keys as they came, in a ring. A set's own order does not serve: past what was deleted it walks to its first. */
  readonly #ring: string[] = [];
  #oldest = 0;

  static from({ sequence, head, balances, keys }: LedgerState): Ledger {
    const ledger = new Ledger();
    ledger.#sequence = sequence;
    ledger.#head = head;
    for (const [account, amount] of balances) ledger.#balances.set(account, BigInt(amount));
    for (const key of keys) ledger.#remember(key);
    return ledger;
  }

  get head(): string {
    return this.#head;
  }

  get sequence(): number {
    return this.#sequence;
  }

  balance(account: string): bigint {
    return this.#balances.get(account) ?? 0n;
  }

  /** Whether an entry was made under a key. */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Sorted by account. */
  balances(): [string, bigint][] {
    return [...this.#balances].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Throws `ledger_short` where an account would go below zero; nothing is changed then. Undefined: made before. */
  post(at: number, { key, memo, lines: given }: Posting): Entry | undefined {
    if (this.#keys.has(key)) return undefined;
    const lines = given.filter(({ amount }) => amount !== 0n);
    if (lines.length === 0) return undefined;
    const after = this.#after(lines, memo);
    const entry = chained(this.#head, { sequence: this.#sequence + 1, at, key, memo, lines });
    for (const [account, amount] of after) {
      if (amount === 0n) this.#balances.delete(account);
      else this.#balances.set(account, amount);
    }
    this.#sequence = entry.sequence;
    this.#head = entry.hash;
    this.#remember(key);
    return entry;
  }

  #remember(key: string): void {
    this.#keys.add(key);
    if (this.#ring.length < KEYS_KEPT) return void this.#ring.push(key);
    this.#keys.delete(this.#ring[this.#oldest]!);
    this.#ring[this.#oldest] = key;
    this.#oldest = (this.#oldest + 1) % KEYS_KEPT;
  }

  /** Makes an entry that was made before anew: replay. Throws `ledger_broken` where it does not follow. */
  replay(entry: Entry): void {
    const made = this.post(entry.at, entry);
    if (made?.hash === entry.hash && made.sequence === entry.sequence) return;
    throw new BullionError(
      'internal',
      'ledger_broken',
      `Entry ${entry.sequence} of the ledger does not follow.`,
      {
        hint: 'Restore the database from a backup; nothing after this entry can be relied on.',
      },
    );
  }

  state(): LedgerState {
    return {
      sequence: this.#sequence,
      head: this.#head,
      balances: this.balances().map(([account, amount]) => [account, String(amount)]),
      keys: [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)],
    };
  }

  #after(lines: readonly Line[], memo: string): Map<string, bigint> {
    let sum = 0n;
    const after = new Map<string, bigint>();
    for (const { account, amount } of lines) {
      sum += amount;
      after.set(account, (after.get(account) ?? this.balance(account)) + amount);
    }
    if (sum !== 0n) throw new Error(`the entry "${memo}" sums to ${sum}, not to zero`);
    for (const [account, amount] of after) {
      if (amount >= 0n || account === MINT) continue;
      // What was too little to begin with is told; an account that the entry fills cannot fall short.
      throw conflict(
        'ledger_short',
        `${inCredits(this.balance(account) - amount)} credits are needed (${memo}); ${account.replace(/:free$/, '')} has ${inCredits(this.balance(account))}.`,
        `Ask for less, or have ${inCredits(-amount)} credits paid in first.`,
        { account, short: String(-amount) },
      );
    }
    return after;
  }
}

/** The bytes that are hashed: JSON with the amounts as decimal strings. */
export function chained(head: string, entry: Omit<Entry, 'hash'>): Entry {
  const { sequence, at, key, memo, lines } = entry;
  let text = `${head}\n${sequence}\n${at}\n${JSON.stringify(key)}\n${JSON.stringify(memo)}`;
  for (const { account, amount } of lines) text += `\n${account} ${amount}`;
  return { ...entry, hash: hash('sha256', text) };
}
