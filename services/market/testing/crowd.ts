/** Random but repeatable life on a market: owners and buyers who do all that can be done, much of it refused. */
import { free } from '../ledger/index.ts';
import { type Command, classOf, freezing, type Market, nextSlot } from '../market/index.ts';
import { ATTRIBUTES, BEGIN, CREDIT, SLOT } from './floor.ts';

const OWNERS = ['o1', 'o2', 'o3'];
const BUYERS = ['b1', 'b2', 'o3'];
const CLASS = classOf(ATTRIBUTES);

export class Crowd {
  now = BEGIN;
  #seed: number;
  #ids = 0;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
  }

  /** What must be before anything else can. */
  opening(): Command[] {
    const credits = [...new Set([...OWNERS, ...BUYERS])].map((party): Command => {
      return { do: 'mint', key: `open/${party}`, account: free(party), amount: 500n * CREDIT };
    });
    const funds = ['market:insurance', 'market:subsidy'].map((account): Command => {
      return { do: 'mint', key: `open/${account}`, account, amount: 20n * CREDIT };
    });
    const nodes = OWNERS.flatMap((owner) =>
      [1, 2, 3].map(
        (n): Command => ({ do: 'enroll', node: `${owner}-n${n}`, owner, attributes: ATTRIBUTES }),
      ),
    );
    return [...credits, ...funds, ...nodes];
  }

  /** The next thing that somebody does; the clock goes on now and then. */
  next({ state }: Market): Command {
    if (state.frozen) return this.below(3) > 0 ? { do: 'clear' } : this.#order(state);
    const pick = this.below(100);
    if (pick < 12) {
      this.now += SLOT * (1 + this.below(3));
      return { do: 'tick' };
    }
    if (pick < 22) return pick < 14 ? { do: 'freeze' } : freezing(`batch ${this.now}`);
    if (pick < 62) return this.#order(state);
    const slot = nextSlot(state);
    const lease = this.#one([...state.leases.values()]);
    const by = lease?.buyer ?? 'b1';
    const id = lease?.id ?? 'none';
    if (pick < 67)
      return {
        do: 'recall',
        key: this.#id(),
        by: this.#one(OWNERS)!,
        class: CLASS,
        nodes: 1 + this.below(2),
      };
    if (pick < 73) return { do: 'extend', lease: id, by, slots: 1 + this.below(6), limit: 3n * CREDIT };
    if (pick < 78) return { do: 'release', lease: id, by };
    if (pick < 83) return { do: 'claim', lease: id, by };
    if (pick < 87)
      return {
        do: 'sublease',
        lease: id,
        by,
        ask: this.#id(),
        nodes: 1,
        end: lease?.end ?? 0,
        reserve: CREDIT,
      };
    const part = lease ? this.#one(lease.parts)! : 'none';
    if (pick < 89) return { do: 'fail', part };
    if (pick < 93) {
      const missed = { slot: slot - 2 - this.below(2), nodes: 1 + this.below(3), fault: this.below(2) === 0 };
      return { do: 'miss', part, ...missed };
    }
    if (pick < 94) return { do: 'lose', node: this.#one([...state.nodes.keys()]) ?? 'none' };
    if (pick < 96)
      return { do: 'withdraw', ask: this.#one([...state.asks.keys()]) ?? 'none', by: this.#one(OWNERS)! };
    return { do: 'cancel', bid: this.#one([...state.bids.keys()]) ?? 'none', by: this.#one(BUYERS)! };
  }

  #order(state: Market['state']): Command {
    const slot = nextSlot(state);
    const notice = this.below(2) === 0 ? null : this.below(3);
    if (this.below(3) === 0) {
      const reserve = (CREDIT * BigInt(5 + this.below(15))) / 10n;
      const window = { start: slot + this.below(8), end: slot + 8 + this.below(60) };
      const whom = { allow: null, maxPerBuyer: null, tier: 0, minLease: 1 };
      const ask = {
        id: this.#id(),
        owner: this.#one(OWNERS)!,
        class: CLASS,
        nodes: 1 + this.below(3),
        ...window,
        reserve,
        notice,
        ...whom,
      };
      return { do: 'ask', ask };
    }
    const earliest = slot + this.below(12);
    const window = { earliest, latest: earliest + this.below(8) };
    const size = { nodes: 1 + this.below(3), slots: 1 + this.below(12) };
    const limit = (CREDIT * BigInt(5 + this.below(30))) / 10n;
    const rest = {
      limit,
      minNotice: notice,
      sameOwner: this.below(4) === 0,
      tier: 0,
      expires: this.now + 50 * SLOT,
    };
    const id = this.#id();
    return {
      do: 'bid',
      bid: { id, buyer: this.#one(BUYERS)!, classes: [CLASS], ...size, ...window, ...rest, nonce: `n-${id}` },
    };
  }

  #id(): string {
    return `x${++this.#ids}`;
  }

  #one<One>(all: readonly One[]): One | undefined {
    return all[this.below(all.length)];
  }

  /** mulberry32; from 0, below the limit. */
  below(limit: number): number {
    this.#seed = (this.#seed + 0x6d2b79f5) >>> 0;
    let t = this.#seed;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % Math.max(limit, 1);
  }
}
