/** An end to every wait for hardware: a driver that hangs must not take its caller with it. */
import { BullionError } from './errors.ts';

/**
 * Settles as `work` does, or rejects with `code` after `milliseconds`, saying that `who` did not `what`. What `work`
 * says after that is ignored.
 */
export async function within<Result>(
  milliseconds: number,
  work: Promise<Result>,
  { who, what, code }: { who: string; what: string; code: string },
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    const late = `${who} did not ${what} within ${milliseconds / 1000} s.`;
    const hint = 'Try again; if it stays, look at its load and at the way to it, and reset it.';
    timer = setTimeout(() => reject(new BullionError('timeout', code, late, { hint })), milliseconds);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
