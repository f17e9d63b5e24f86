/**
 * The ledger through crashes: a random crowd on the market, a store that commits in groups, and a crash at a random
 * moment: before a group was committed, after it and before its answers, or between snapshot and journal. What comes
 * back must be what was committed, to the last bit.
 */
import { BullionError } from '@bullion/service/errors';
import { type Entry, LedgerCheck } from '../../services/market/ledger/index.ts';
import { type Command, decode, encode, Market } from '../../services/market/market/index.ts';
import { Crowd } from '../../services/market/testing/crowd.ts';
import type { BenchOptions, Figure } from '../common/figures.ts';

/** What a disk has: all of a group or none of it. */
type Disk = {
  journal: { command: string; at: number }[];
  entries: Entry[];
  snapshot: { at: number; text: string };
};

export async function measureCrashes({ quick, say }: BenchOptions): Promise<Record<string, Figure>> {
  const crashes = quick ? 500 : 10_000;
  const { faults } = ledgerCrashes(crashes);
  say(`${crashes} crashes of the ledger, ${faults} faults`);
  const note = `after ${crashes} injected crashes of a store in memory; real kills: services/market/kill.test.ts`;
  return { ledger_crash_faults: { value: faults, unit: '', target: '0', note } };
}

/** A fault: what came back was not what was committed, or the journal does not check. */
export function ledgerCrashes(crashes: number): { faults: number } {
  let faults = 0;
  for (let done = 0, seed = 1; done < crashes; seed++) {
    const crowd = new Crowd(seed);
    const random = new Crowd(seed + 1e6);
    const disk: Disk = { journal: [], entries: [], snapshot: { at: 0, text: new Market().snapshot() } };
    let market = new Market();
    let committed = market.hash();
    const check = new LedgerCheck();
    commit(disk, market, crowd.opening(), crowd);
    for (let life = 0; life < 50 && done < crashes; life++, done++) {
      const groups = 1 + random.below(4);
      for (let group = 0; group < groups; group++)
        commit(disk, market, undefined, crowd, 1 + random.below(8));
      committed = market.hash();
      if (random.below(4) === 0) disk.snapshot = { at: disk.journal.length, text: market.snapshot() };
      // The group that the crash takes with it: applied, never written.
      attempt(market, crowd, random.below(8));
      market = restart(disk);
      if (market.hash() !== committed) faults++;
    }
    for (const entry of disk.entries) check.add(entry);
    if (check.verdict().fault !== null || check.verdict().head !== market.state.ledger.head) faults++;
  }
  return { faults };
}

function restart(disk: Disk): Market {
  const market = Market.restore(disk.snapshot.text);
  for (const { command, at } of disk.journal.slice(disk.snapshot.at))
    market.apply(decode(command) as Command, at);
  return market;
}

function commit(
  disk: Disk,
  market: Market,
  given: readonly Command[] | undefined,
  crowd: Crowd,
  count = 0,
): void {
  const { commands, entries } = attempt(market, crowd, count, given);
  disk.journal.push(...commands);
  disk.entries.push(...entries);
}

function attempt(market: Market, crowd: Crowd, count: number, given?: readonly Command[]) {
  const commands: Disk['journal'] = [];
  const entries: Entry[] = [];
  for (let n = 0; n < (given?.length ?? count); n++) {
    const command = given?.[n] ?? crowd.next(market);
    try {
      const outcome = market.apply(command, crowd.now);
      commands.push({ command: encode(command), at: market.state.now });
      entries.push(...outcome.entries);
    } catch (error) {
      if (!(error instanceof BullionError)) throw error;
    }
  }
  return { commands, entries };
}
