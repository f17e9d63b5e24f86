/** All that can happen to the market. What is in a command was checked for its form when it was read. */

import { RESERVED_PARTIES } from '../ledger/index.ts';
import type { Freezing } from './batch.ts';
import type { Attributes } from './classes.ts';
import type { Config } from './config.ts';
import type { AskOrder, BidOrder } from './state.ts';

export type NewAsk = Omit<AskOrder, 'bond' | 'placedAt' | 'withdrawn' | 'parent' | 'kept'>;
export type NewBid = Omit<BidOrder, 'hold' | 'placedAt' | 'waited'>;

/** `project`: which project of the party's name it is that acts; left out where the market knows. */
export type Command = Deed & { project?: string };

type Deed =
  | { do: 'mint'; key: string; account: string; amount: bigint }
  | { do: 'register'; party: string; legal: string }
  | { do: 'adopt'; party: string }
  | { do: 'configure'; set: Partial<Config> }
  | { do: 'halt'; halted: boolean }
  | { do: 'enroll'; node: string; owner: string; attributes: Attributes }
  | { do: 'disenroll'; node: string }
  | { do: 'ask'; ask: NewAsk }
  | { do: 'withdraw'; ask: string; by: string }
  | { do: 'bid'; bid: NewBid }
  | { do: 'cancel'; bid: string; by: string }
  | ({ do: 'freeze' } & Freezing)
  | { do: 'clear' }
  | { do: 'thaw' }
  | { do: 'tick' }
  | { do: 'claim'; lease: string; by: string }
  | { do: 'extend'; lease: string; by: string; slots: number; limit: bigint }
  | { do: 'release'; lease: string; by: string }
  | { do: 'sublease'; lease: string; by: string; ask: string; nodes: number; end: number; reserve: bigint }
  | { do: 'recall'; key: string; by: string; class: string; nodes: number }
  /** `nodes`: of the part, where not all. */
  | { do: 'fail'; part: string; nodes?: number }
  /** In that slot so many of the part's nodes were not there; `fault`: the owner's. */
  | { do: 'miss'; part: string; slot: number; nodes: number; fault: boolean }
  /** Gone, or another's: it is enrolled and offered no more. */
  | { do: 'lose'; node: string };

/** The party that a command is of; undefined for the market's own. */
export function partyOf(command: Command): string | undefined {
  switch (command.do) {
    case 'ask':
    case 'enroll':
      return command.do === 'ask' ? command.ask.owner : command.owner;
    case 'bid':
      return command.bid.buyer;
    case 'register':
    case 'adopt':
      return command.party;
    case 'mint': {
      const [party] = command.account.split(':');
      return RESERVED_PARTIES.has(party!) ? undefined : party;
    }
    default:
      return 'by' in command ? command.by : undefined;
  }
}
