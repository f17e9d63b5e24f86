/**
 * The market: one deterministic state machine. No clock, no disk, no chance: the same commands at the same times make
 * the same state, wherever they are applied. A command is applied wholly, or refused with a BullionError and nothing is
 * changed.
 */
import { hash } from 'node:crypto';
import { conflict } from '@bullion/service/errors';
import type { Entry } from '../ledger/index.ts';
import { type Cleared, clearFrozen, freeze, thaw } from './batch.ts';
import { type Command, partyOf } from './commands.ts';
import { BEFORE, type Config, DEFAULTS } from './config.ts';
import { fail } from './failure.ts';
import { configure, disenroll, enroll, lose, mint, register } from './governance.ts';
import { claim, extend, release, sublease } from './lease-changes.ts';
import { miss } from './miss.ts';
import { cancelBid, placeAsk, placeBid, withdrawAsk } from './orders.ts';
import { recall } from './recall.ts';
import { tick } from './schedule.ts';
import { restore, snapshot } from './snapshot.ts';
import { emptyState, type State } from './state.ts';
import { type MarketEvent, type Published, Turn } from './turn.ts';

export type Outcome = {
  sequence: number;
  events: readonly MarketEvent[];
  entries: readonly Entry[];
  published: Published | undefined;
};

/** What a batch is computed from must stand still between its commitment and its clearing. */
const WHILE_FROZEN: ReadonlySet<string> = new Set<Command['do']>([
  'clear',
  'freeze',
  'thaw',
  'mint',
  'register',
  'ask',
  'bid',
  'claim',
]);

export const takenWhileFrozen = (command: Command): boolean => WHILE_FROZEN.has(command.do);

export class Market {
  readonly state: State;
  /** Of the rules' numbers, those that a snapshot or a journal's beginning had not: what `configure` has yet to say. */
  lacking: readonly (keyof Config)[] = [];

  constructor(config: Partial<Config> = {}) {
    this.state = emptyState({ ...DEFAULTS, ...config });
  }

  static restore(text: string): Market {
    const market = new Market();
    const { state, lacking } = restore(text);
    Object.assign(market.state, state);
    market.lacking = lacking;
    return market;
  }

  /** `at` in milliseconds; a clock that went back stands still. `cleared` only spares `clear` its work. */
  apply(command: Command, at: number, cleared?: Cleared): Outcome {
    const { state } = this;
    if (state.frozen && !takenWhileFrozen(command)) {
      throw conflict('batch_frozen', 'A clearing is under way.', 'Try again in a moment.');
    }
    const before = state.now;
    state.now = Math.max(state.now, Math.floor(at));
    const turn = new Turn(state);
    try {
      carryOut(turn, command, cleared);
    } catch (error) {
      state.now = before;
      throw error;
    }
    if (command.do === 'configure') this.#noteLacking(command.set);
    if (command.project !== undefined) turn.party(partyOf(command)!).project = command.project;
    state.sequence++;
    return {
      sequence: state.sequence,
      events: turn.events,
      entries: turn.entries,
      published: turn.published,
    };
  }

  #noteLacking(set: Partial<Config>): void {
    const before = this.state.sequence === 0 ? (Object.keys(BEFORE) as (keyof Config)[]) : this.lacking;
    this.lacking = before.filter((name) => !(name in set));
  }

  snapshot(): string {
    return snapshot(this.state);
  }

  /** Of all that the market knows. */
  hash(): string {
    return hash('sha256', this.snapshot());
  }
}

function carryOut(turn: Turn, command: Command, cleared?: Cleared): void {
  switch (command.do) {
    case 'ask':
      return void placeAsk(turn, command.ask);
    case 'bid':
      return void placeBid(turn, command.bid);
    case 'withdraw':
      return void withdrawAsk(turn, command.ask, command.by);
    case 'cancel':
      return void cancelBid(turn, command.bid, command.by);
    case 'freeze':
      return void freeze(turn, command);
    case 'clear':
      return void clearFrozen(turn, cleared);
    case 'thaw':
      return void thaw(turn);
    case 'tick':
      return void tick(turn);
    case 'claim':
      return void claim(turn, command.lease, command.by);
    case 'extend':
      return void extend(turn, command);
    case 'release':
      return void release(turn, command.lease, command.by);
    case 'sublease':
      return void sublease(turn, command);
    case 'recall':
      return void recall(turn, command.key, command.by, command.class, command.nodes);
    case 'fail':
      return void fail(turn, command.part, command.nodes);
    case 'miss':
      return void miss(turn, command);
    case 'lose':
      return void lose(turn, command.node);
    case 'mint':
      return void mint(turn, command.key, command.account, command.amount);
    case 'register':
      return void register(turn, command.party, command.legal);
    case 'adopt':
      return void turn.tell('party.adopted', `party/${command.party}`, [command.party]);
    case 'enroll':
      return void enroll(turn, command);
    case 'disenroll':
      return void disenroll(turn, command.node);
    case 'configure':
      return void configure(turn, command.set);
    case 'halt':
      turn.state.halted = command.halted;
      return void turn.tell(command.halted ? 'market.halted' : 'market.resumed', 'market', [
        ...turn.state.parties.keys(),
      ]);
  }
}
