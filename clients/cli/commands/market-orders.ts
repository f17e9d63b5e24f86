/** `bullion market ask|bid|orders|withdraw|cancel|quote`. */
import { all, ok, type Services } from '@bullion/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.ts';
import { credits, inCredits } from '../credits.ts';
import { duration, inUnits, lasting, moment } from '../durations.ts';
import { example } from '../example.ts';
import { fields, table } from '../output.ts';

export function count(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a whole number from 1 to 999999.');
}

const TIERS = ['open', 'attested', 'encrypted'];

function tierFrom(text: string): number {
  if (TIERS.includes(text)) return TIERS.indexOf(text);
  if (/^\d$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write open, attested or encrypted, or its number: 0, 1 or 2.');
}

/** A length of time in the slots of this market, rounded up. */
export async function slotsOf(market: Services['market'], milliseconds: number): Promise<number> {
  const { slotMs } = await ok(market.GET('/market/v1/health'));
  return Math.max(1, Math.ceil(milliseconds / slotMs));
}

const iso = (at: number) => new Date(at).toISOString();
const names = (text: string) => text.split(',');

type AskOptions = {
  nodes: number;
  from?: number;
  until: number;
  reserve: string;
  notice?: number;
  allow?: string[];
  tier?: number;
  minLease?: number;
  maxPerBuyer?: number;
  party?: string;
};
type BidOptions = {
  nodes: number;
  for: number;
  from?: number;
  latest?: number;
  limit: string;
  recallable?: number;
  sameOwner?: true;
  expires?: number;
  nonce?: string;
  tier: number;
  party?: string;
};

export function addMarketOrders(parent: Command, cli: Cli): void {
  example(
    parent
      .command('ask <class>')
      .description('offer nodes of yours')
      .requiredOption('--nodes <count>', 'how many', count)
      .requiredOption('--until <time>', 'until when: a time, or how long from now (7d)', moment)
      .requiredOption(
        '--reserve <credits>',
        'what you must receive for a node and slot, after the fee',
        credits,
      )
      .option('--from <time>', 'from when; now by default', moment)
      .option('--notice <duration>', 'recallable with this notice (30m); firm by default', duration)
      .option('--min-lease <duration>', 'no shorter lease of them (1h)', lasting)
      .option('--max-per-buyer <count>', 'no more of them to one buyer', count)
      .option('--allow <projects>', 'whom you let to, with commas; anyone by default', names)
      .option('--tier <tier>', 'of security, below what is attested of the class; that by default', tierFrom)
      .option('--party <project>', 'of your projects the one that offers')
      .action(
        async (
          name: string,
          { nodes, from, until, reserve, notice, allow, tier, party, minLease, maxPerBuyer }: AskOptions,
        ) => {
          const { market } = await cli.services();
          const noticeSlots = notice === undefined ? null : await slotsOf(market, notice);
          const body = {
            ...{
              class: name,
              nodes,
              end: iso(until),
              reserve,
              noticeSlots,
              allow: allow ?? null,
            },
            ...(tier !== undefined && { tier }),
            ...(minLease && { minLease: await slotsOf(market, minLease) }),
            ...(maxPerBuyer && { maxPerBuyer }),
            ...(from && { start: iso(from) }),
            ...(party && { party }),
          };
          const made = await ok(market.POST('/market/v1/asks', { body: body as never }));
          cli.result(
            made,
            fields([
              ['ask', made.id],
              ['nodes', made.nodes],
              ['from', made.start],
              ['until', made.end],
              ['bond', inCredits(made.bond)],
            ]),
          );
        },
      ),
    'bullion market ask c-0123456789abcdef --nodes 4 --until 7d --reserve 1.5 --notice 30m',
  );

  example(
    parent
      .command('bid <class...>')
      .description('bid for nodes of one of these classes')
      .requiredOption('--nodes <count>', 'how many, all together', count)
      .requiredOption('--for <duration>', 'how long (8h)', lasting)
      .requiredOption(
        '--limit <credits>',
        'what a node and slot is worth to you; you never pay more',
        credits,
      )
      .option('--from <time>', 'the first start that will do; now by default', moment)
      .option('--latest <time>', 'the last start that will do', moment)
      .option('--recallable <notice>', 'take recallable nodes too, with at least this notice (30m)', duration)
      .option('--expires <time>', 'off the book then, where it has not won; in a day by default', moment)
      .option('--nonce <text>', 'a secret of yours by which you know it in the transcript; made by default')
      .option('--same-owner', 'all nodes from one owner')
      .option(
        '--tier <tier>',
        'of security that you need: open, attested or encrypted; or 0, 1, 2',
        tierFrom,
        0,
      )
      .option('--party <project>', 'of your projects the one that bids')
      .action(async (classes: string[], options: BidOptions) => {
        const { market } = await cli.services();
        const { nodes, limit, from, latest, recallable, sameOwner, tier, party, expires, nonce } = options;
        const slot = await slotMs(market);
        const minNoticeSlots = recallable === undefined ? null : Math.floor(recallable / slot);
        const body = {
          ...{ classes, nodes, slots: await slotsOf(market, options.for), limit, minNoticeSlots },
          ...{ sameOwner: sameOwner ?? false, tier },
          ...(from && { earliest: iso(from) }),
          ...(latest && { latest: iso(latest) }),
          ...(expires && { expires: iso(expires) }),
          ...(nonce && { nonce }),
          ...(party && { party }),
        };
        const made = await ok(market.POST('/market/v1/bids', { body: body as never }));
        cli.result(
          made,
          fields([
            ['bid', made.id],
            ['nodes', made.nodes],
            ['starts', `${made.earliest} to ${made.latest}`],
            ['deposit', inCredits(made.hold)],
            ['claim', made.claimSlots === null ? undefined : claimOf(made.id, made.claimSlots * slot)],
          ]),
        );
      }),
    'bullion market bid c-0123456789abcdef --nodes 2 --for 8h --limit 3',
    'bullion market bid c-0123456789abcdef --nodes 2 --for 8h --limit 1 --latest 2d --recallable 30m',
  );

  example(
    parent
      .command('orders')
      .description('list your asks and bids')
      .action(async () => {
        const { market } = await cli.services();
        const asks = await all((page) => market.GET('/market/v1/asks', { params: { query: page } }));
        const bids = await all((page) => market.GET('/market/v1/bids', { params: { query: page } }));
        const rows = [
          ...asks.map((ask) => [
            'ask',
            ask.id,
            ask.owner,
            ask.class,
            ask.nodes,
            inCredits(ask.reserve),
            ask.start,
            ask.end,
          ]),
          ...bids.map((bid) => [
            'bid',
            bid.id,
            bid.buyer,
            bid.classes.join(','),
            bid.nodes,
            inCredits(bid.limit),
            bid.earliest,
            bid.latest,
          ]),
        ];
        const text = table(['order', 'id', 'party', 'class', 'nodes', 'credits', 'from', 'until'], rows);
        cli.result({ asks, bids }, rows.length === 0 ? 'You have no orders.' : text);
      }),
    'bullion market orders',
  );

  for (const [verb, noun, path, description] of [
    ['withdraw', 'ask', '/market/v1/asks/{id}/withdraw', 'offer no more of it; what is let runs on'],
    ['cancel', 'bid', '/market/v1/bids/{id}/cancel', 'take a bid back, before it has won'],
  ] as const) {
    example(
      parent
        .command(`${verb} <${noun}>`)
        .description(description)
        .option('--party <project>', 'of your projects the one whose it is')
        .action(async (id: string, body: { party?: string }) => {
          const { market } = await cli.services();
          await ok(market.POST(path, { params: { path: { id } }, body }));
          cli.result({}, `The ${noun} ${id} is off the book.`);
        }),
      `bullion market ${verb} 0197c0de-0000-7000-8000-000000000000`,
    );
  }
}

/** Said before it is won: whoever learns of it afterwards has lost the deposit. */
const claimOf = (id: string, within: number) =>
  `if it is won long ahead: \`bullion market claim ${id}\`, within ${inUnits(within)} of its start`;

const slotMs = async (market: Services['market']) => (await ok(market.GET('/market/v1/health'))).slotMs;
