/** `bullion auction`: what the market promised before each clearing, and whether it kept to it. */
import { decode, type Transcript, verifyTranscript } from '@bullion/clearing';
import { all, ok, type Services } from '@bullion/sdk';
import { BullionError, messageOf } from '@bullion/service/errors';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { EXIT } from '../exit-codes.ts';
import { fields, table } from '../output.ts';

function number(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Auctions are numbered from 1.');
}

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
        const found = await ok(market.GET('/market/v1/auctions/{number}', ofAuction(number(text))));
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

  example(
    auction
      .command('verify <number>')
      .description(
        'recompute a clearing on this machine from what was published; exit code 1 where it differs',
      )
      .option('--root <hash>', 'the commitment that you kept; as published now by default')
      .option(
        '--previous <hash>',
        'the hash of the transcript before that you kept; as published now by default',
      )
      .action(async (text: string, options: VerifyOptions) => {
        const { market } = await cli.services();
        const verdict = await verify(market, number(text), options);
        cli.exitCode = verdict.ok ? EXIT.ok : EXIT.failed;
        const { trades, bids } = verdict;
        cli.result(
          verdict,
          verdict.ok
            ? `Auction ${text} is as its commitment says: ${bids} bids, ${trades} of them won, recomputed here.`
            : `Auction ${text} is NOT as it should be: ${verdict.why}.`,
        );
      }),
    'bullion auction verify 12',
    'bullion auction verify 12 --root 0a1b... --previous 9f8e...',
  );
}

const ofAuction = (number: number) => ({ params: { path: { number } } });

async function verify(market: Services['market'], number: number, { root, previous }: VerifyOptions) {
  const auction = await ok(market.GET('/market/v1/auctions/{number}', ofAuction(number)));
  const { transcript } = await ok(market.GET('/market/v1/auctions/{number}/transcript', ofAuction(number)));
  const before = previous ?? (await hashBefore(market, number));
  let read: Transcript;
  try {
    read = decode(transcript) as Transcript;
  } catch (error) {
    throw new BullionError(
      'bad_gateway',
      'transcript_unreadable',
      `The transcript cannot be read: ${messageOf(error)}`,
      {
        hint: 'Ask the operator of the market for it.',
      },
    );
  }
  const verdict = verifyTranscript(read, root ?? auction.root, before);
  const counts = { trades: read.clearing.trades.length, bids: read.batch.bids.length };
  return {
    auction: number,
    root: auction.root,
    ...counts,
    ok: verdict.ok,
    why: verdict.ok ? null : verdict.why,
  };
}

/** Each transcript names the one before: whoever kept one hash has them all. */
async function hashBefore(market: Services['market'], number: number): Promise<string> {
  if (number === 1) return '';
  return (await ok(market.GET('/market/v1/auctions/{number}', ofAuction(number - 1)))).hash ?? '';
}

type VerifyOptions = { root?: string; previous?: string };
