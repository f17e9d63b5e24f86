/** Brings nodes where leases say, whenever something may have changed and as long as something is left to do. */
import { AlarmClock, type Logger, messageOf } from '@bullion/service';

export function createDeliveryLoop(once: () => Promise<boolean>, log: Logger, checkMs: number): AlarmClock {
  const SOON_MS = 500;
  return new AlarmClock(
    () =>
      once().then(
        (left) => (left ? SOON_MS : checkMs),
        (error: unknown) => {
          log.error({ error: messageOf(error) }, 'the delivery failed; it goes on');
          return checkMs;
        },
      ),
    checkMs,
  );
}
