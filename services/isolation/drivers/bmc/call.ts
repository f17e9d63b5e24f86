/** A call of a driver to one BMC: its turn, its time, and the words for what it does. */
import { BullionError, messageOf } from '@bullion/service/errors';
import type { PowerAction } from './driver.ts';
import { bmcUnreachable } from './errors.ts';
import type { Turns } from './turns.ts';

export type Call<Settings> = {
  settings: Settings;
  /** For messages: "power the server on". */
  what: string;
  signal: AbortSignal | undefined;
};

export const POWER_WORDS: Readonly<Record<PowerAction, string>> = {
  on: 'power the server on',
  off: 'power the server off',
  cycle: 'power-cycle the server',
  reset: 'reset the server',
  soft: 'ask the server to shut down',
};

/**
 * Runs `work` when it is this BMC's turn, for at most `limitMs`. Whatever it throws that is not an error of ours means
 * that the BMC was not reached, and is told as that.
 */
export async function inTurn<Result>(
  turns: Turns,
  name: string,
  { what, signal }: Pick<Call<unknown>, 'what' | 'signal'>,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  let late: AbortSignal | undefined;
  try {
    return await turns.take(name, signal, async () => {
      late = AbortSignal.timeout(limitMs);
      return await work(signal ? AbortSignal.any([signal, late]) : late);
    });
  } catch (error) {
    if (error instanceof BullionError) throw error;
    if (signal?.aborted) throw bmcUnreachable(name, `gave up to ${what}.`, error);
    if (late?.aborted) {
      throw bmcUnreachable(name, `it took longer than ${limitMs / 1000} s to ${what}.`, error);
    }
    throw bmcUnreachable(name, `${messageOf(error)}.`, error);
  }
}
