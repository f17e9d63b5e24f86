/** `bullion auction verify`: a clearing is recomputed here, and a party looks whether its own orders were in it. */
import { verifyTranscript } from '@bullion/clearing';
import { ok } from '@bullion/sdk';
import type { Command } from 'commander';
import { hashBefore, type Market, namesIn, ofAuction, transcriptOf } from '../auction-record.ts';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { EXIT } from '../exit-codes.ts';
import { checkOrders, keptOrders, openOrders } from '../own-orders.ts';
import { auctionNumber } from './auction-number.ts';

type Options = { root?: string; previous?: string; orders?: string };

export function addAuctionVerify(auction: Command, cli: Cli): void {
  example(
    auction
      .command('verify <number>')
      .description(
        'recompute a clearing on this machine from what was published; exit code 1 where it differs or cannot be',
      )
      .option('--root <hash>', 'the commitment that you kept; as published now by default')
      .option(
        '--previous <hash>',
        'the hash of the transcript before that you kept; as published now by default',
      )
      .option(
        '--orders <file>',
        'orders of yours that must be in it, as --json printed them; those that stand open by default',
      )
      .action(async (text: string, options: Options) => {
        const { market } = await cli.services();
        const found = await verify(market, auctionNumber(text), options);
        cli.exitCode = found.ok ? EXIT.ok : EXIT.failed;
        cli.result(found, said(found));
      }),
    'bullion auction verify 12',
    'bullion auction verify 12 --orders my-bid.json',
    'bullion auction verify 12 --root 0a1b... --previous 9f8e...',
  );
}

async function verify(market: Market, number: number, { root, previous, orders }: Options) {
  const auction = await ok(market.GET('/market/v1/auctions/{number}', ofAuction(number)));
  const transcript = await transcriptOf(market, number);
  const before = previous ?? (await hashBefore(market, number));
  const verdict = verifyTranscript(transcript, root ?? auction.root, before);
  const expected = orders
    ? await keptOrders(orders)
    : await openOrders(market, auction.committedAt, transcript);
  const own = await checkOrders(market, transcript, await namesIn(market, number), expected);
  return {
    auction: number,
    root: auction.root,
    trades: transcript.clearing.trades.length,
    bids: transcript.batch.bids.length,
    ok: verdict.ok && own.every(({ why }) => why === null),
    why: verdict.ok ? null : verdict.why,
    /** Of the rules that this release has not; then nothing is said of the clearing. */
    rules: verdict.ok ? null : (verdict.rules ?? null),
    own,
  };
}

function said({ auction, trades, bids, why, rules, own }: Awaited<ReturnType<typeof verify>>): string {
  const lines = [
    why === null
      ? `Auction ${auction} is as its commitment says: ${bids} bids, ${trades} of them won, recomputed here.`
      : rules === null
        ? `Auction ${auction} is NOT as it should be: ${why}.`
        : `Auction ${auction} was not verified: ${why}.`,
  ];
  const wrong = own.filter((one) => one.why !== null);
  for (const one of wrong) lines.push(`Your order ${one.order} is NOT in it as you placed it: ${one.why}.`);
  const right = own.length - wrong.length;
  if (right === 1) lines.push('An order of yours is in it, as you placed it.');
  if (right > 1) lines.push(`${right} orders of yours are in it, as you placed them.`);
  return lines.join('\n');
}
