/** A market for tests: parties with credits, nodes enrolled, and a clock that is turned by hand. */
import assert from 'node:assert/strict';
import { BullionError } from '@bullion/service/errors';
import { free, MINT } from '../ledger/index.ts';
import {
  type Command,
  type Config,
  freezing,
  Market,
  type NewAsk,
  type NewBid,
  nextSlot,
} from '../market/index.ts';

export const CREDIT = 1_000_000n;
export const ATTRIBUTES = { cpu: 'epyc', memory: 256 };
export const SLOT = 900_000;
/** The market of tests begins at a day's first slot. */
export const BEGIN = 20_000 * 86_400_000;

export class Floor {
  market: Market;
  now = BEGIN;
  /** As a journal has them. */
  readonly journal: { command: Command; at: number }[] = [];
  #ids = 0;

  constructor(config: Partial<Config> = {}) {
    this.market = new Market({ newcomerMs: 1, ...config });
    this.do({ do: 'tick' });
  }

  do(command: Command) {
    const outcome = this.market.apply(command, this.now);
    this.journal.push({ command: structuredClone(command), at: this.now });
    return outcome;
  }

  /** The code of the refusal, after which nothing has changed. */
  refused(command: Command): string {
    const before = this.market.hash();
    try {
      this.market.apply(command, this.now);
    } catch (error) {
      assert(error instanceof BullionError, String(error));
      assert.equal(this.market.hash(), before, 'a refusal changed something');
      return error.code;
    }
    assert.fail(`${command.do} was not refused`);
  }

  credit(party: string, credits: number): void {
    this.do({ do: 'mint', key: this.id(), account: free(party), amount: BigInt(credits) * CREDIT });
  }

  enroll(owner: string, nodes: number, attributes: Record<string, string | number> = ATTRIBUTES): string {
    for (let n = 0; n < nodes; n++)
      this.do({ do: 'enroll', node: `${owner}-${this.id()}`, owner, attributes });
    return [...this.market.state.nodes.values()].at(-1)!.class;
  }

  id(): string {
    return `id${++this.#ids}`;
  }

  get slot(): number {
    return nextSlot(this.market.state);
  }

  ask(of: Partial<NewAsk> & Pick<NewAsk, 'owner' | 'class'>): string {
    const ask: NewAsk = {
      ...{ id: this.id(), nodes: 1, start: this.slot, end: this.slot + 96, reserve: CREDIT, notice: null },
      ...{ minLease: 1, allow: null, maxPerBuyer: null, tier: 0 },
      ...of,
    };
    this.do({ do: 'ask', ask });
    return ask.id;
  }

  bid(of: Partial<NewBid> & Pick<NewBid, 'buyer' | 'classes'>): string {
    const bid = this.newBid(of);
    this.do({ do: 'bid', bid });
    return bid.id;
  }

  newBid(of: Partial<NewBid> & Pick<NewBid, 'buyer' | 'classes'>): NewBid {
    return {
      ...{ id: this.id(), nodes: 1, slots: 8, earliest: this.slot, latest: this.slot, limit: 2n * CREDIT },
      ...{ minNotice: null, sameOwner: false, tier: 0, nonce: `nonce-${this.#ids}` },
      ...{ expires: this.now + 86_400_000 },
      ...of,
    };
  }

  freeze(): void {
    this.do(freezing(`batch ${this.journal.length}`));
  }

  clear(): void {
    this.freeze();
    this.do({ do: 'clear' });
  }

  /** Time passes, a slot at a time, with the ticks that a service would give. */
  pass(slots: number): void {
    for (let n = 0; n < slots; n++) {
      this.now += SLOT;
      this.do({ do: 'tick' });
    }
  }

  balance(account: string): bigint {
    return this.market.state.ledger.balance(account);
  }

  free(party: string): bigint {
    return this.balance(free(party));
  }

  /** Held by anyone but the mint is what the mint has given, and each lease's escrow is what is held for it. */
  checkBooks(): void {
    const { ledger, leases, bids, asks } = this.market.state;
    const all = ledger.balances();
    assert.equal(
      all.reduce((sum, [, amount]) => sum + amount, 0n),
      0n,
    );
    for (const [account, amount] of all) assert(account === MINT || amount > 0n, `${account} is ${amount}`);
    const sum = (amounts: Iterable<bigint>) => [...amounts].reduce((total, amount) => total + amount, 0n);
    const of = (kind: string) =>
      sum(all.filter(([account]) => account.endsWith(`:${kind}`)).map(([, amount]) => amount));
    assert.equal(
      of('escrow'),
      sum([...leases.values()].map(({ held }) => held)) + sum([...bids.values()].map(({ hold }) => hold)),
    );
    assert.equal(of('bond'), sum([...asks.values()].map((ask) => ask.bond)));
  }
}
