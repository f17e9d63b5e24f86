/** `bullion market enroll|disenroll|nodes|credit|legal|fail|halt|resume`: the operator's part. */
import { all, ok } from '@bullion/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.ts';
import { credits, inCredits } from '../credits.ts';
import { example } from '../example.ts';
import { table } from '../output.ts';

type Attributes = Record<string, string | number>;
type CreditOptions = { party?: string; fund?: 'insurance' | 'subsidy'; take?: boolean };

/** `cpu=epyc`, `memory=256`. */
function attribute(text: string, before: Attributes = {}): Attributes {
  const [, name, value] = /^([a-z][a-z0-9_.-]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('Write an attribute as cpu=epyc or memory=256.');
  return { ...before, [name]: /^(0|[1-9]\d{0,11})$/.test(value!) ? Number(value) : value! };
}

export function addMarketOperator(parent: Command, cli: Cli): void {
  example(
    parent
      .command('enroll <node>')
      .description('attest what a node is and whose, so that it can be offered (operators)')
      .requiredOption('--owner <project>', 'whose it is')
      .requiredOption(
        '--attribute <name=value>',
        'what it is, such as memory=256; "tier" is its security: 0 open, 1 attested, 2 encrypted; may be repeated',
        attribute,
      )
      .action(
        async (node: string, { owner, attribute: attributes }: { owner: string; attribute: Attributes }) => {
          const { market } = await cli.services();
          const body = { owner, attributes };
          const made = await ok(market.PUT('/market/v1/nodes/{node}', { params: { path: { node } }, body }));
          cli.result(made, `Node ${node} is of the class ${made.class}.`);
        },
      ),
    'bullion market enroll node1 --owner hospital --attribute cpu=epyc --attribute memory=256',
  );
  example(
    parent
      .command('disenroll <node>')
      .description('take a node out of the market (operators)')
      .action(async (node: string) => {
        const { market } = await cli.services();
        await ok(market.DELETE('/market/v1/nodes/{node}', { params: { path: { node } } }));
        cli.result({}, `Node ${node} is out of the market.`);
      }),
    'bullion market disenroll node1',
  );
  example(
    parent
      .command('nodes')
      .description('list enrolled nodes that you own')
      .action(async () => {
        const { market } = await cli.services();
        const nodes = await all((page) => market.GET('/market/v1/nodes', { params: { query: page } }));
        cli.list(nodes, 'None of your nodes is enrolled.', (rows) =>
          table(
            ['node', 'owner', 'class'],
            rows.map((one) => [one.id, one.owner, one.class]),
          ),
        );
      }),
    'bullion market nodes',
  );
  example(
    parent
      .command('credit <credits>')
      .description('make credits for a party, or for a fund of the market (operators)')
      .option('--party <project>', 'for a party')
      .option('--fund <fund>', 'for a fund: insurance or subsidy')
      .option('--take', 'take them back instead, of what is free')
      .action(async (text: string, { party, fund, take = false }: CreditOptions) => {
        const { market } = await cli.services();
        const body = { amount: credits(text), take, ...(party && { party }), ...(fund && { fund }) };
        const { balance } = await ok(market.POST('/market/v1/credits', { body }));
        cli.result({ balance }, `${party ?? fund} has ${inCredits(balance)} credits.`);
      }),
    'bullion market credit 1000 --party hospital',
    'bullion market credit 1000 --party hospitl --take',
  );
  example(
    parent
      .command('adopt <party>')
      .description('hand an account over to the project that has its name now (operators)')
      .action(async (party: string) => {
        const { market } = await cli.services();
        await ok(market.POST('/market/v1/parties/{party}/adopt', { params: { path: { party } } }));
        cli.result({}, `The account ${party} is of the project that has that name now.`);
      }),
    'bullion market adopt startup',
  );
  example(
    parent
      .command('legal <party> <legal>')
      .description('say who stands behind a party: newcomers are new once (operators)')
      .action(async (party: string, legal: string) => {
        const { market } = await cli.services();
        await ok(market.PUT('/market/v1/parties/{party}', { params: { path: { party } }, body: { legal } }));
        cli.result({}, `${legal} stands behind ${party}.`);
      }),
    'bullion market legal startup acme-inc',
  );
  example(
    parent
      .command('fail <part>')
      .description('say that an owner does not deliver a part of a lease (operators)')
      .action(async (part: string) => {
        const { market } = await cli.services();
        await ok(market.POST('/market/v1/parts/{part}/failure', { params: { path: { part } } }));
        cli.result({}, `The tenant of part ${part} is moved, or compensated by its owner.`);
      }),
    'bullion market fail 0197c0de-0000-7000-8000-000000000000.1',
  );
  for (const [verb, halted, description] of [
    ['halt', true, 'take no new orders; leases run on (operators)'],
    ['resume', false, 'take orders again (operators)'],
  ] as const) {
    example(
      parent
        .command(verb)
        .description(description)
        .action(async () => {
          const { market } = await cli.services();
          await ok(market.PUT('/market/v1/halt', { body: { halted } }));
          cli.result(
            { halted },
            halted ? 'The market takes no orders; leases run on.' : 'The market is open.',
          );
        }),
      `bullion market ${verb}`,
    );
  }
}
