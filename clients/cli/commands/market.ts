/** `bullion market`: orders, leases, prices and accounts. */
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { addMarketLeases } from './market-leases.ts';
import { addMarketMoney } from './market-money.ts';
import { addMarketOperator } from './market-operator.ts';
import { addMarketOrders } from './market-orders.ts';
import { addMarketRules } from './market-rules.ts';

export function addMarket(program: Command, cli: Cli): void {
  const market = program
    .command('market')
    .description('nodes let by auction: orders, leases, prices, accounts');
  example(
    market,
    'bullion market ask c-0123456789abcdef --nodes 4 --until 7d --reserve 1.5 --notice 30m',
    'bullion market bid c-0123456789abcdef --nodes 2 --for 8h --limit 3',
    'bullion market leases',
  );
  addMarketOrders(market, cli);
  addMarketLeases(market, cli);
  addMarketMoney(market, cli);
  addMarketOperator(market, cli);
  addMarketRules(market, cli);
}
