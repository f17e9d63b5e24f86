/** Credits as people write them, and micro-credits as the market counts them: `1.5` is 1500000. */
import { inCredits as text } from '@bullion/market/ledger';
import { InvalidArgumentError } from 'commander';

/** To micro-credits, exactly. */
export function credits(written: string): string {
  const [, whole, fraction = ''] = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(written) ?? [];
  if (whole === undefined)
    throw new InvalidArgumentError('Write credits with at most six decimals, such as 1.5.');
  return String(BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0')));
}

/** From micro-credits, all of them. */
export function inCredits(micro: string | null): string | null {
  return micro === null ? null : text(BigInt(micro));
}
