/** The rules' numbers. They are part of the state: a change of them is a command like any other. */

export type Config = {
  /** The number of the rules that the code goes by; see `RULES`. */
  rules: number;
  slotMs: number;
  /** How many slots ahead can be let. */
  horizon: number;
  /** The market's fee: millionths of what an owner receives. */
  feePpm: number;
  /** With so many bids at most that reach what is asked, classes are cleared for the greatest surplus; with more by rank. */
  exactUpTo: number;
  /** And where the search takes at most so many steps; 30 million are some 0.3 s. */
  exactSteps: number;
  /** Of the fee: what goes to the insurance fund. */
  insurancePpm: number;
  /** A bid that starts within so many slots is paid in full at once. */
  spotSlots: number;
  /** A reservation's deposit: at least, and more for each day ahead, and at most. */
  deposit: { minPpm: number; perDayPpm: number; maxPpm: number };
  /** Slots after the start until a reservation that nobody claimed is a no-show. */
  graceSlots: number;
  /** What an owner stands in with: of reserve * nodes * slots, for at most so many slots. */
  bond: { ppm: number; slots: number };
  /** What a recalled lease's rest is worth to its tenant, on top of the refund; for at most so many slots. */
  recall: { ppm: number; slots: number };
  /** As `recall`, where an owner fails to deliver. */
  failure: { ppm: number; slots: number };
  /** Slots in a row in which nodes of a part are missing by their owner's fault, after which it has failed to deliver them. */
  failAfterSlots: number;
  /** Of what is not used, a tenant that leaves early pays to the owner. */
  earlyPpm: number;
  /** The breaker: how far above the median of a class's week a trade may lie. */
  bandPpm: number;
  /** A batch in which a trade was held doubles that for the next, so many times at most. */
  heldMax: number;
  /** With fewer trades in a week there is nothing to measure against. */
  bandTrades: number;
  /** A bid's rank grows by it for each batch that it waited. */
  agingPpm: number;
  /** For so long a party is new. */
  newcomerMs: number;
  /** A new buyer's rank is this much higher; falls to nothing over `newcomerMs`. */
  newcomerPpm: number;
  /** A new owner's asks rank this much cheaper; what it lacks is paid from the subsidy fund. */
  subsidyPpm: number;
  /** Orders that a legal owner may place between two clearings. */
  orderRate: number;
  /** Asks and bids of a legal owner that are open at once. */
  openMax: number;
  /** How far ahead a bid's end may lie. */
  bidLifeMs: number;
  /** Open bids of a legal owner, at their limits, in micro-credits. */
  notionalMax: bigint;
  /** Of a class's nodes, one legal owner may reserve at most so much; one node always. */
  sharePpm: number;
  /** Of a class's firm supply: where one legal owner has more, the operator is told. */
  alarmPpm: number;
  /** Asks must be covered by nodes that were enrolled. */
  inventory: boolean;
};

/**
 * Raised where the code comes to something else than before by the same command. What was done by an earlier number is
 * replayed by it: the code asks `rules >= N` at that place.
 * 2: recalls are paid by the owner alone; a bid has a price, a known class and an end; tiers are attested; sub-leases keep
 * the owner's terms.
 */
export const RULES = 2;

export const DEFAULTS: Config = {
  rules: RULES,
  slotMs: 900_000,
  horizon: 672,
  feePpm: 20_000,
  exactUpTo: 24,
  exactSteps: 30_000_000,
  insurancePpm: 250_000,
  spotSlots: 4,
  deposit: { minPpm: 100_000, perDayPpm: 20_000, maxPpm: 500_000 },
  graceSlots: 2,
  bond: { ppm: 200_000, slots: 96 },
  recall: { ppm: 250_000, slots: 96 },
  failure: { ppm: 500_000, slots: 96 },
  failAfterSlots: 2,
  earlyPpm: 100_000,
  bandPpm: 3_000_000,
  heldMax: 4,
  bandTrades: 20,
  agingPpm: 50_000,
  newcomerMs: 30 * 86_400_000,
  newcomerPpm: 500_000,
  subsidyPpm: 100_000,
  orderRate: 10_000,
  openMax: 1000,
  bidLifeMs: 7 * 86_400_000,
  notionalMax: 10n ** 15n,
  sharePpm: 500_000,
  alarmPpm: 500_000,
  inventory: true,
};

/** What a market did that had not yet these numbers. */
export const BEFORE: Partial<Config> = {
  rules: 1,
  exactUpTo: 0,
  exactSteps: 0,
  openMax: Number.MAX_SAFE_INTEGER,
  bidLifeMs: Number.MAX_SAFE_INTEGER,
  alarmPpm: 1_000_000,
};

const MILLION = 1_000_000n;
/** Rounded down. */
export const partOf = (amount: bigint, ppm: number): bigint => (amount * BigInt(ppm)) / MILLION;
/** Rounded up: what is held never falls short by rounding. */
export const heldOf = (amount: bigint, ppm: number): bigint =>
  (amount * BigInt(ppm) + MILLION - 1n) / MILLION;
