/** `bullion ledger`: entries, and the check of their chain. */
import { type Entry, LedgerCheck } from '@bullion/market/ledger';
import { all, type MarketType, ok } from '@bullion/sdk';
import { forbidden } from '@bullion/service/errors';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { inCredits } from '../credits.ts';
import { example } from '../example.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../output.ts';

export function addLedger(program: Command, cli: Cli): void {
  const ledger = program.command('ledger').description('the double-entry ledger of the market');
  example(ledger, 'bullion ledger entries', 'bullion ledger verify');

  example(
    ledger
      .command('entries')
      .description('list entries, oldest first; a party sees its own lines')
      .action(async () => {
        const { market } = await cli.services();
        const entries = await all((page) =>
          market.GET('/market/v1/ledger/entries', { params: { query: page } }),
        );
        cli.list(entries, 'There are no entries that you may see.', (rows) =>
          table(
            ['entry', 'at', 'account', 'credits', 'what'],
            rows.flatMap(({ sequence, at, memo, lines }) =>
              lines.map(({ account, amount }) => [
                sequence,
                new Date(at).toISOString(),
                account,
                inCredits(amount),
                memo,
              ]),
            ),
          ),
        );
      }),
    'bullion ledger entries',
  );

  example(
    ledger
      .command('verify')
      .description(
        'follow the chain of the ledger, on this machine where you may see all of it; exit code 1 at a fault',
      )
      .option('--head <hash>', 'of the last entry when you looked before: it must still be among them')
      .action(async ({ head }: { head?: string }) => {
        const { market } = await cli.services();
        const { role } = await ok(market.GET('/market/v1/whoami'));
        const here = role !== 'member';
        if (!here && head !== undefined)
          throw forbidden(
            'ledger_in_part',
            'A party does not see all entries of the ledger, so it can look for none.',
            'Have an auditor look for it.',
          );
        const verdict = here
          ? check(await entries(market), head)
          : await ok(market.GET('/market/v1/ledger/verify'));
        cli.exitCode = verdict.fault === null ? EXIT.ok : EXIT.failed;
        const by = here ? 'checked here' : "by the market's own word: an auditor checks it himself";
        cli.result(
          { ...verdict, checkedHere: here },
          verdict.fault === null
            ? `${verdict.entries} entries follow on one another and sum to zero (${by}); the last has the hash ${verdict.head}.`
            : `The ledger is NOT as it should be: ${verdict.fault}.`,
        );
      }),
    'bullion ledger verify',
  );

  type Listed = MarketType['LedgerEntry'];
  const entries = (market: Awaited<ReturnType<Cli['services']>>['market']) =>
    all((page) => market.GET('/market/v1/ledger/entries', { params: { query: page } }));

  /** A ledger that was written anew from its beginning follows on itself, too: but not to a head that somebody kept. */
  function check(listed: readonly Listed[], head: string | undefined) {
    const chain = new LedgerCheck();
    for (const { lines, ...entry } of listed) chain.add({ ...entry, lines: lines.map(withAmount) } as Entry);
    const verdict = chain.verdict();
    if (verdict.fault !== null || head === undefined || listed.some(({ hash }) => hash === head))
      return verdict;
    return {
      ...verdict,
      fault: `no entry has the hash ${head}: what was before it was changed, or was not this ledger`,
    };
  }
}

const withAmount = ({ account, amount }: { account: string; amount: string }) => ({
  account,
  amount: BigInt(amount),
});
