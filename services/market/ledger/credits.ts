/** Micro-credits as people read them, all of them: 1500000 is `1.5`. The API and the ledger count micro-credits. */
export function inCredits(micro: bigint): string {
  const [sign, size] = micro < 0n ? ['-', -micro] : ['', micro];
  const fraction = String(size % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${sign}${size / 1_000_000n}${fraction === '' ? '' : `.${fraction}`}`;
}
