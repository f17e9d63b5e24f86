/** `bullion auction orders`: what took part in a cleared auction, under the names of that auction, and what of it is one's own. */
import type { Command } from 'commander';
import { namesIn, transcriptOf } from '../auction-record.ts';
import type { Cli } from '../cli.ts';
import { inCredits } from '../credits.ts';
import { example } from '../example.ts';
import { table } from '../output.ts';
import { auctionNumber } from './auction-number.ts';

/** Enough of a name to tell it from the others of its auction. */
const SHOWN = 12;

export function addAuctionOrders(auction: Command, cli: Cli): void {
  example(
    auction
      .command('orders <number>')
      .description('list the orders of a cleared auction, and which are yours; an auditor sees whose each is')
      .action(async (text: string) => {
        const { market } = await cli.services();
        const number = auctionNumber(text);
        const { batch, clearing } = await transcriptOf(market, number);
        const known = new Map([...(await namesIn(market, number))].map(([party, { name }]) => [name, party]));
        const won = new Set(clearing.trades.map(({ bid }) => bid));
        const hosts = new Set(clearing.trades.flatMap(({ hosts }) => hosts.map(({ ask }) => ask)));
        const orders = [
          ...batch.asks.map((ask) => ({
            ...{ order: 'ask', id: ask.id, name: ask.owner, classes: [ask.class], nodes: ask.nodes },
            ...{ price: String(ask.reserve), traded: hosts.has(ask.id), whose: known.get(ask.owner) ?? null },
          })),
          ...batch.bids.map((bid) => ({
            ...{ order: 'bid', id: bid.id, name: bid.buyer, classes: bid.classes, nodes: bid.nodes },
            ...{ price: String(bid.limit), traded: won.has(bid.id), whose: known.get(bid.buyer) ?? null },
          })),
        ];
        cli.list(orders, 'It had no orders.', (rows) =>
          table(
            ['order', 'id', 'party', 'class', 'nodes', 'credits', 'traded', 'whose'],
            rows.map(({ order, id, name, classes, nodes, price, traded, whose }) => [
              ...[order, id.slice(0, SHOWN), name.slice(0, SHOWN), classes.join(','), nodes],
              ...[inCredits(price), traded ? 'yes' : 'no', whose ?? ''],
            ]),
          ),
        );
      }),
    'bullion auction orders 12',
  );
}
