/** `bullion market classes|prices|account|funds|quote|health`. */
import { all, ok } from '@bullion/sdk';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { credits, inCredits } from '../credits.ts';
import { lasting, moment } from '../durations.ts';
import { example } from '../example.ts';
import { fields, table } from '../output.ts';
import { count, slotsOf } from './market-orders.ts';

const inPairs = (attributes: Record<string, unknown>) =>
  Object.entries(attributes)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');

export function addMarketMoney(parent: Command, cli: Cli): void {
  example(
    parent
      .command('classes')
      .description('list what nodes there are to bid for, of all owners')
      .action(async () => {
        const { market } = await cli.services();
        const classes = await all((page) => market.GET('/market/v1/classes', { params: { query: page } }));
        cli.list(classes, 'No nodes are enrolled.', (rows) =>
          table(
            ['class', 'attributes', 'nodes', 'price'],
            rows.map(({ id, attributes, nodes, index }) => [
              id,
              inPairs(attributes),
              nodes,
              inCredits(index),
            ]),
          ),
        );
      }),
    'bullion market classes',
  );
  example(
    parent
      .command('prices')
      .description('list what each class of nodes costs, now and in the days ahead')
      .action(async () => {
        const { market } = await cli.services();
        const prices = await all((page) => market.GET('/market/v1/prices', { params: { query: page } }));
        cli.list(prices, 'No nodes are enrolled.', (rows) =>
          table(
            ['class', 'attributes', 'index', 'ahead'],
            rows.map((one) => [
              one.class,
              inPairs(one.attributes),
              inCredits(one.index),
              one.forward.map(({ price }) => inCredits(price)).join(' '),
            ]),
          ),
        );
      }),
    'bullion market prices',
  );
  example(
    parent
      .command('account <party>')
      .description('show what a party has, in credits')
      .action(async (party: string) => {
        const { market } = await cli.services();
        const account = await ok(market.GET('/market/v1/accounts/{party}', { params: { path: { party } } }));
        const { free, escrow, bond, strikes } = account;
        const shown = { free: inCredits(free), escrow: inCredits(escrow), bond: inCredits(bond), strikes };
        cli.result(account, fields(Object.entries(shown)));
      }),
    'bullion market account hospital',
  );
  example(
    parent
      .command('funds')
      .description("show what the market's own funds hold: fees, insurance, subsidies")
      .action(async () => {
        const { market } = await cli.services();
        const funds = await ok(market.GET('/market/v1/funds'));
        cli.result(funds, fields(Object.entries(funds).map(([name, amount]) => [name, inCredits(amount)])));
      }),
    'bullion market funds',
  );
  type QuoteOptions = { nodes: number; for: number; limit: string; from?: number; party?: string };
  example(
    parent
      .command('quote')
      .description('what a bid would need and at most cost; it tells nothing of the orders of others')
      .requiredOption('--nodes <count>', 'how many', count)
      .requiredOption('--for <duration>', 'how long', lasting)
      .requiredOption('--limit <credits>', 'what a node and slot is worth to you', credits)
      .option('--from <time>', 'the first start', moment)
      .option('--party <project>', 'of your projects the one that would bid')
      .action(async (options: QuoteOptions) => {
        const { market } = await cli.services();
        const { nodes, limit, from, party } = options;
        const slots = await slotsOf(market, options.for);
        const query = {
          nodes,
          slots,
          limit,
          ...(from && { earliest: new Date(from).toISOString() }),
          ...(party && { party }),
        };
        const quote = await ok(market.GET('/market/v1/quotes', { params: { query } }));
        cli.result(
          quote,
          fields([
            ['deposit', inCredits(quote.deposit)],
            ['at most', inCredits(quote.most)],
          ]),
        );
      }),
    'bullion market quote --nodes 2 --for 8h --limit 3',
  );
  example(
    parent
      .command('health')
      .description('how the market is')
      .action(async () => {
        const { market } = await cli.services();
        const health = await ok(market.GET('/market/v1/health'));
        cli.result(
          health,
          fields([
            ['state', health.halted ? 'halted: no new orders' : 'open'],
            ['leases that run', health.leases],
            ['nodes not delivered', health.undelivered],
            ['auctions', health.auctions],
            [
              'one owner has most of the firm supply of',
              health.concentrated
                .map(({ class: name, ppm }) => `${name} (${Math.floor(ppm / 10_000)} %)`)
                .join(', ') || 'no class',
            ],
            ['slot', `${health.slotMs / 1000} s`],
            ['ledger', health.ledger],
          ]),
        );
      }),
    'bullion market health',
  );
}
