/** The fee, in integers: it is rounded down on each node-slot, so every amount is exact. */

const MILLION = 1_000_000n;

export const feeOf = (gross: bigint, feePpm: number): bigint => (gross * BigInt(feePpm)) / MILLION;

/** The least gross amount that leaves `net` after the fee. */
export function grossFor(net: bigint, feePpm: number): bigint {
  const kept = MILLION - BigInt(feePpm);
  // From above, for the fee rounds down: at most one step too high.
  const gross = (net * MILLION + kept - 1n) / kept;
  return gross > 0n && gross - 1n - feeOf(gross - 1n, feePpm) >= net ? gross - 1n : gross;
}
