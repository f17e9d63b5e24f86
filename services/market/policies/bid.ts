/** What an owner bids for a job that waits: a pure function. Times are seconds. */

export type BidView = {
  now: number;
  submit: number;
  estimate: number;
  value: bigint;
  /** When it could start at home, as estimated; infinite where nobody knows. */
  atHome: number;
  /** When it would start on rented nodes. */
  rented: number;
};
/** The limit in micro-credits per node-slot; null: it waits. */
export type BidPolicy = (view: BidView) => bigint | null;

/** The longer it waited the more it is worth to run, up to so many times its value; not where home is as soon. */
export const impatient =
  (most: number): BidPolicy =>
  ({ now, submit, estimate, value, atHome, rented }) => {
    if (atHome <= rented) return null;
    const waited = now - submit;
    const limit = value + (value * BigInt(waited)) / BigInt(Math.max(estimate, 600));
    const highest = value * BigInt(most);
    return limit < highest ? limit : highest;
  };
