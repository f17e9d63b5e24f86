/** The rules' numbers: seen by everyone who trades by them, set by the operator. */
import { invalid } from '@bullion/service';
import { z } from 'zod';
import type { Config } from '../market/index.ts';
import { act, type Parts, routesOf } from './route.ts';

const whole = (min: number, max: number) => z.number().int().min(min).max(max);
const ppm = (about: string, max = 1_000_000) => whole(0, max).describe(`Millionths: ${about}`);
const slots = (about: string, min = 0) => whole(min, 10_000).describe(`Slots: ${about}`);
const YEAR_MS = 366 * 86_400_000;
const per = (about: string) => z.object({ ppm: ppm(about), slots: slots('for at most so many') });

/** All but what the code needs to stay as it is: the number of the rules, the length of a slot, whether nodes are enrolled. */
const Rules = z.object({
  horizon: slots('how far ahead can be let', 1),
  feePpm: ppm('the fee, of what an owner receives', 500_000),
  insurancePpm: ppm('of the fee, what the insurance fund gets'),
  exactUpTo: whole(0, 200).describe('Bids that a batch is cleared for the greatest surplus with'),
  exactSteps: whole(0, 100_000_000).describe('And as long as the search takes no more steps'),
  spotSlots: slots('what starts within them is paid in full at once'),
  deposit: z.object({
    minPpm: ppm('of the price, what a reservation puts down at least'),
    perDayPpm: ppm('more for each day ahead'),
    maxPpm: ppm('at most'),
  }),
  graceSlots: slots('after them, a reservation that nobody claimed is a no-show'),
  bond: per('what an owner stands in with, of its reserve'),
  recall: per('what a recall costs, of the price of what is lost'),
  failure: per('what a failure costs, of the price of what is lost'),
  failAfterSlots: slots('of so many in a row without its node, an owner has failed', 1),
  earlyPpm: ppm('what leaving early costs, of what is not used'),
  bandPpm: ppm('how far above the median of a week a trade may lie', 1_000_000_000),
  heldMax: whole(0, 20).describe('How often that doubles where trades are held'),
  bandTrades: whole(1, 1_000_000).describe('Trades in a week without which nothing is held'),
  agingPpm: ppm('what a bid gains in rank by each batch that it waits'),
  newcomerMs: whole(1, 10 * YEAR_MS).describe('Milliseconds: how long a party is new'),
  newcomerPpm: ppm('how much higher a new buyer ranks'),
  subsidyPpm: ppm('how much cheaper the asks of a new owner rank'),
  orderRate: whole(1, 10_000_000).describe('Orders of a legal owner between two clearings'),
  openMax: whole(1, 10_000_000).describe('Orders of a legal owner that are open'),
  bidLifeMs: whole(1, YEAR_MS).describe('Milliseconds: how long a bid may wait'),
  notionalMax: z
    .string()
    .regex(/^(0|[1-9]\d{0,23})$/, 'must be a whole number of micro-credits, as a string')
    .describe('Micro-credits: open bids of a legal owner, at their limits'),
  sharePpm: ppm('of a class, what one legal owner may reserve'),
  alarmPpm: ppm(
    'of what is offered firm of a class, with more of which by one legal owner the operator is told',
  ),
});
const Shown = Rules.extend({ rules: z.number(), slotMs: z.number(), inventory: z.boolean() }).meta({
  id: 'MarketRules',
});
const Changed = Rules.extend({
  deposit: Rules.shape.deposit.partial(),
  bond: Rules.shape.bond.partial(),
  recall: Rules.shape.recall.partial(),
  failure: Rules.shape.failure.partial(),
})
  .partial()
  .strict();

export function addRulesRoutes(parts: Parts): void {
  const { context } = parts;
  const { reads, writes } = routesOf(parts);
  reads('GET /rules', { summary: 'Show the numbers of the rules', answer: Shown }, async () =>
    viewOf(context.desk.market.state.config),
  );
  writes(
    'PUT /rules',
    {
      summary:
        'Set numbers of the rules, from now on: what a recall or a failure costs is by those of its day',
      operatorOnly: 'set the rules',
      body: Changed,
      answer: Shown,
    },
    ({ body, commit }) => {
      const set = changeOf(context.desk.market.state.config, body);
      return act(context, commit, { do: 'configure', set }, ({ config }) => viewOf(config));
    },
  );
}

/** Throws `rules_invalid` where nothing is set, or numbers do not fit each other. */
function changeOf(config: Config, body: z.output<typeof Changed>): Partial<Config> {
  const { notionalMax, ...rest } = body;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  const set = Object.fromEntries(
    given.map(([name, value]) => [
      name,
      typeof value === 'object' ? { ...(config[name as keyof Config] as object), ...value } : value,
    ]),
  ) as Partial<Config>;
  if (notionalMax !== undefined) set.notionalMax = BigInt(notionalMax);
  const { deposit = config.deposit } = set;
  if (Object.keys(set).length === 0)
    throw invalid('rules_invalid', 'No number of the rules was named.', 'See them: `bullion market rules`.');
  if (deposit.minPpm > deposit.maxPpm)
    throw invalid(
      'rules_invalid',
      `A deposit of at least ${deposit.minPpm} and at most ${deposit.maxPpm} millionths is none.`,
      'Set deposit.minPpm and deposit.maxPpm together.',
    );
  return set;
}

const viewOf = ({ notionalMax, ...config }: Config): z.input<typeof Shown> => ({
  ...config,
  notionalMax: String(notionalMax),
});
