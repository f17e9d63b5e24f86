/** `bullion doctor`: what this machine lacks, and how to get it. */
import { Argument, type Command } from 'commander';
import type { Cli } from '../cli.ts';
import { installCommand } from '../debian-packages.ts';
import type { BootInterface } from '../dhcp-examination.ts';
import { type Check, EXTRAS, examine } from '../examination.ts';
import { example } from '../example.ts';
import { EXIT } from '../exit-codes.ts';
import { dhcpOption } from './dhcp-check.ts';

export function addDoctor(program: Command, cli: Cli): void {
  example(
    program
      .command('doctor')
      .description('say what this machine lacks, and how to get it; exit code 1 if anything')
      .addArgument(
        new Argument('[extra...]', 'what most do without, to be looked at as well').choices(
          Object.keys(EXTRAS),
        ),
      )
      .option('--boot-interface <interface>', 'look for other DHCP servers there, as root')
      .addOption(dhcpOption())
      .action(async (extras: string[], leg: BootInterface) => {
        const { checks, missing } = await examine(cli, extras, leg);
        const lacking = checks.filter((check) => check.state === 'lacking').length;
        const install = missing.length > 0 ? installCommand(missing) : undefined;
        cli.exitCode = lacking > 0 ? EXIT.failed : EXIT.ok;
        cli.result(
          { healthy: lacking === 0, checks, ...(install === undefined ? {} : { install }) },
          describe(checks, lacking, install),
        );
      }),
    'bullion doctor',
    'bullion doctor ceph',
    'bullion doctor --boot-interface eth1',
    'bullion doctor --json | jq .checks',
  );
}

const MARKS: Record<Check['state'], string> = { fine: '✓', worth_knowing: '!', lacking: '✗' };

function describe(checks: readonly Check[], lacking: number, install: string | undefined): string {
  const width = Math.max(...checks.map(({ what }) => what.length));
  const lines = checks.flatMap(({ state, what, found, remedy }) => [
    `  ${MARKS[state]} ${what.padEnd(width)}  ${found}`,
    ...(remedy === undefined ? [] : [`    ${' '.repeat(width)}  -> ${remedy}`]),
  ]);
  const verdict =
    lacking === 0
      ? 'This machine has all that Bullion needs.'
      : `This machine lacks ${lacking === 1 ? 'one thing' : `${lacking} things`}.`;
  const all =
    install === undefined
      ? []
      : ['', 'All packages at once (or run scripts/setup, which asks for root only then):', `  ${install}`];
  return [...lines, '', verdict, ...all].join('\n');
}
