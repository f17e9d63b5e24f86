/** What a benchmark tells. */

export type Figure = {
  /** Null where it could not be measured; `note` says why. */
  value: number | null;
  /** As people say it: `< 10 ms`. */
  target?: string | undefined;
  unit: string;
  note?: string | undefined;
};

export type BenchOptions = {
  /** A short run, to see that it works: its figures say little. */
  quick: boolean;
  /** Tells people how far it is. */
  say(text: string): void;
};

export type Bench = { run(options: BenchOptions): Promise<Record<string, Figure>> };

/** The value below which the share `at` (0 to 1) of all lies. */
export function quantile(values: readonly number[], at: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));
