/** The market's clock: what is due with time, and a clearing whenever bids wait. */
import { randomBytes } from 'node:crypto';
import { AlarmClock, type Logger, messageOf } from '@bullion/service';
import { ClearingThread } from './clearing/aside.ts';
import type { Desk } from './desk.ts';
import { concluding, freezing, slotOf } from './market/index.ts';

export type ClockOptions = { batchMs: number; checkMs: number };

export type Around = {
  beforeTick?: () => Promise<void>;
  beforeFreeze?: () => Promise<void>;
  /** Something may have changed. */
  after: () => void;
};

export function createMarketClock(
  desk: Desk,
  log: Logger,
  { batchMs, checkMs }: ClockOptions,
  { beforeTick, beforeFreeze, after }: Around,
) {
  const thread = new ClearingThread();
  let closing = false;
  let ticked = -1;
  let cleared = performance.now();

  async function conclude(): Promise<void> {
    const command = concluding(desk.market.state);
    if (command.do !== 'clear') {
      log.warn('the commitment of an auction is dropped: it is for other rules than this release has');
      return void (await desk.own(command));
    }
    const cleared = await thread.clear(desk.market.state).catch((error: unknown) => {
      if (!closing)
        log.warn({ error: messageOf(error) }, 'a clearing aside failed; the market clears by itself');
      return undefined;
    });
    // What is frozen is the next start's.
    if (closing && !cleared) return;
    await desk.own(command, cleared);
  }

  async function round(): Promise<number> {
    const { state } = desk.market;
    // A kill between commitment and clearing leaves this to the next start.
    if (state.frozen) await conclude();
    const slot = Math.floor(desk.clock() / state.config.slotMs);
    if (slot !== ticked || slot > slotOf(state)) {
      await beforeTick?.();
      await desk.own({ do: 'tick' });
      ticked = slot;
      after();
    }
    const wait = cleared + batchMs - performance.now();
    if (wait > 0) return wait;
    cleared = performance.now();
    if (!state.halted && desk.market.state.bids.size > 0) {
      await beforeFreeze?.();
      await desk.own(freezing(randomBytes(32).toString('hex')));
      await conclude();
      after();
    }
    return batchMs;
  }

  const alarm = new AlarmClock(
    () =>
      round().catch((error: unknown) => {
        log.error({ error: messageOf(error) }, 'the market clock failed; it goes on');
        return checkMs;
      }),
    checkMs,
  );
  return {
    start: () => alarm.start(),
    close: async () => {
      closing = true;
      await thread.close();
      await alarm.close();
      await thread.close(); // One that began between the two.
    },
  };
}
