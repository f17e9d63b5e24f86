/** `bullion auction verify`: a clearing is recomputed here, and a party looks whether its own orders were in it. */
import { ownName, type Self, type Transcript, verifyTranscript } from '@bullion/clearing';
import { ok } from '@bullion/sdk';
import type { Command } from 'commander';
import { hashBefore, type Market, namesIn, ofAuction, transcriptOf } from '../auction-record.ts';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { EXIT } from '../exit-codes.ts';
import { checkOrders, keptOrders, type OwnFinding, openOrders } from '../own-orders.ts';
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
  const selves = await namesIn(market, number);
  const own = await checkOrders(market, transcript, selves, expected);
  const { projects } = await ok(market.GET('/market/v1/whoami'));
  const mine = projects.flatMap((party) => selves.get(party) ?? []);
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
    kept: orders !== undefined,
    more: moreOf(transcript, mine, own),
  };
}

/** Orders under the caller's names that were not looked for: were there one that it never placed, it would be here. */
function moreOf({ batch }: Transcript, mine: readonly Self[], own: readonly OwnFinding[]): number {
  const names = new Set(mine.map(ownName));
  const looked = new Set(own.map(({ name }) => name));
  const asks = batch.asks.filter(({ id, owner }) => names.has(owner) && !looked.has(id));
  const bids = batch.bids.filter(({ id, buyer }) => names.has(buyer) && !looked.has(id));
  return asks.length + bids.length;
}

function said({
  auction,
  why,
  rules,
  own,
  kept,
  more,
  ...found
}: Awaited<ReturnType<typeof verify>>): string {
  const lines = [
    why === null
      ? `Auction ${auction} is as its commitment says: ${found.bids} bids, ${found.trades} of them won, recomputed here.`
      : rules === null
        ? `Auction ${auction} is NOT as it should be: ${why}.`
        : `Auction ${auction} was not verified: ${why}.`,
  ];
  const wrong = own.filter((one) => one.why !== null);
  for (const one of wrong) lines.push(`Your order ${one.order} is NOT in it as you placed it: ${one.why}.`);
  const right = own.length - wrong.length;
  if (right > 0)
    lines.push(`Of your orders ${right} that ${kept ? 'you kept' : 'stand open'} are in it, unchanged.`);
  if (more > 0) lines.push(`${more} more are under your names: \`bullion auction orders ${auction}\`.`);
  return lines.join('\n');
}
