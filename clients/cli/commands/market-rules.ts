/** `bullion market rules`, and `rules set`: the numbers that the market goes by. */
import { type MarketType, ok } from '@bullion/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { fields } from '../output.ts';

type Rules = MarketType['MarketRules'];

/** `sharePpm`, or `bond.slots`. */
function ruleName(text: string): string[] {
  if (/^[a-zA-Z]+(\.[a-zA-Z]+)?$/.test(text)) return text.split('.');
  throw new InvalidArgumentError('Write a name as `bullion market rules` does: sharePpm, or bond.slots.');
}

function whole(text: string): string {
  if (/^(0|[1-9]\d{0,14})$/.test(text)) return text;
  throw new InvalidArgumentError('Write a whole number.');
}

export function addMarketRules(parent: Command, cli: Cli): void {
  const rules = parent
    .command('rules')
    .description('the numbers that the market goes by; "ppm" are millionths')
    .action(async () => {
      const { market } = await cli.services();
      show(cli, await ok(market.GET('/market/v1/rules')));
    });
  example(rules, 'bullion market rules');
  example(
    rules
      .command('set <name> <value>')
      .description('set one of them, from now on (operators)')
      .action(async (name: string, value: string) => {
        const { market } = await cli.services();
        const [group, part] = ruleName(name);
        // Of all of them one counts micro-credits, which a number of JSON would round.
        const one = group === 'notionalMax' ? whole(value) : Number(whole(value));
        const body = { [group!]: part === undefined ? one : { [part]: one } };
        show(cli, await ok(market.PUT('/market/v1/rules', { body })));
      }),
    'bullion market rules set sharePpm 250000',
    'bullion market rules set bond.slots 48',
  );
}

function show(cli: Cli, rules: Rules): void {
  const flat = Object.entries(rules).flatMap(([name, value]): [string, string | number | boolean][] =>
    typeof value === 'object'
      ? Object.entries(value).map(([part, one]): [string, number] => [`${name}.${part}`, one as number])
      : [[name, value]],
  );
  cli.result(rules, fields(flat.map(([name, value]): [string, string] => [name, String(value)])));
}
