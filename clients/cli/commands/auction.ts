/** `bullion auction`: what the market promised before each clearing, and whether it kept to it. */
import { all, ok } from '@bullion/sdk';
import type { Command } from 'commander';
import { ofAuction } from '../auction-record.ts';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { fields, table } from '../output.ts';
import { auctionNumber } from './auction-number.ts';
import { addAuctionOrders } from './auction-orders.ts';
import { addAuctionVerify } from './auction-verify.ts';

export function addAuction(program: Command, cli: Cli): void {
  const auction = program.command('auction').description('clearings of the market, and their proof');
  example(auction, 'bullion auction list', 'bullion auction verify 12');

  example(
    auction
      .command('list')
      .description('list auctions, oldest first')
      .action(async () => {
        const { market } = await cli.services();
        const auctions = await all((page) => market.GET('/market/v1/auctions', { params: { query: page } }));
        cli.list(auctions, 'There was no auction yet.', (rows) =>
          table(
            ['auction', 'committed', 'commitment', 'transcript'],
            rows.map((one) => [one.number, one.committedAt, one.root, one.hash]),
          ),
        );
      }),
    'bullion auction list',
  );

  example(
    auction
      .command('show <number>')
      .description('show an auction; its commitment is worth keeping before it clears')
      .action(async (text: string) => {
        const { market } = await cli.services();
        const found = await ok(market.GET('/market/v1/auctions/{number}', ofAuction(auctionNumber(text))));
        cli.result(
          found,
          fields([
            ['auction', found.number],
            ['committed', found.committedAt],
            ['commitment', found.root],
            ['asks, bids', `${found.asks.length}, ${found.bids.length}`],
            ['transcript', found.hash],
          ]),
        );
      }),
    'bullion auction show 12',
  );

  addAuctionOrders(auction, cli);
  addAuctionVerify(auction, cli);
}
