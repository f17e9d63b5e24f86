/** `bullion switch diff`, `repair` and `drift`: what somebody else changed on a switch, and what becomes of it. */
import { all, type IsolationType, ok } from '@bullion/sdk';
import { messageOf } from '@bullion/service/errors';
import { Argument, type Command, Option } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { EXIT } from '../exit-codes.ts';
import { finish } from '../follow.ts';
import { plain } from '../output.ts';

type Diff = IsolationType['SwitchDiff'];
type Failed = { switch: string; error: string };
export type DriftPolicy = Diff['drift'];

const POLICIES: DriftPolicy[] = ['repair', 'report'];
export const policyOption = () =>
  new Option('--drift <policy>', 'what is done about a port that somebody else changed')
    .choices(POLICIES)
    .default('repair');

export function addDrift(command: Command, cli: Cli): void {
  example(
    command
      .command('diff [switch]')
      .description(
        'read a switch, or all, and show the ports that are not as they should be; exit code 0: none, 1: some, 2: a switch could not be read',
      )
      .action(async (name: string | undefined) => {
        const { isolation } = await cli.services();
        const listed = name
          ? [{ name }]
          : await all((query) => isolation.GET('/isolation/v1/switches', { params: { query } }));
        const diffs = await Promise.all(listed.map((one) => diffOf(cli, one.name)));
        cli.list(diffs, 'There are no switches. Register one: bullion switch add NAME ...', (rows) =>
          rows.flatMap(describe).join('\n'),
        );
        if (diffs.some((diff) => 'ports' in diff && diff.ports.length > 0)) cli.exitCode = EXIT.failed;
        if (diffs.some((diff) => 'error' in diff)) cli.exitCode = EXIT.usage;
      }),
    'bullion switch diff',
    'bullion switch diff tor1 || bullion switch repair tor1',
  );

  example(
    command
      .command('repair <switch> [port]')
      .description('make a port as it should be, or all that are not known to be so; waits until they are')
      .option('--no-wait', 'return at once')
      .action(async (name: string, port: string | undefined, options: { wait: boolean }) => {
        const { isolation } = await cli.services();
        const started = await ok(
          isolation.POST('/isolation/v1/switches/{switch}/repair', {
            ...onSwitch(name),
            body: port === undefined ? {} : { port },
          }),
        );
        const what = port === undefined ? `switch ${name}` : `port ${port} of ${name}`;
        await finish(cli, started.operation, options, {
          doing: `Repairing ${what}`,
          done: `Repaired: ${what} is as it should be.`,
        });
      }),
    'bullion switch repair tor1 node1-nic0',
  );

  example(
    command
      .command('drift <switch>')
      .description(
        'say what is done about a port that somebody else changed: repair it, or report it and leave it; what it carries too much is taken off in any case',
      )
      .addArgument(new Argument('<policy>').choices(POLICIES))
      .action(async (name: string, drift: DriftPolicy) => {
        const { isolation } = await cli.services();
        await ok(isolation.PATCH('/isolation/v1/switches/{switch}', { ...onSwitch(name), body: { drift } }));
        cli.result({ switch: name, drift }, `Drift on ${name}: ${drift}.`);
      }),
    'bullion switch drift tor1 report',
  );
}

const onSwitch = (name: string) => ({ params: { path: { switch: name } } });

async function diffOf(cli: Cli, name: string): Promise<Diff | Failed> {
  try {
    const { isolation } = await cli.services();
    return await ok(isolation.GET('/isolation/v1/switches/{switch}/diff', onSwitch(name)));
  } catch (error) {
    if (cli.signal.aborted) throw error;
    return { switch: name, error: messageOf(error) };
  }
}

function describe(diff: Diff | Failed): string[] {
  if ('error' in diff) return [plain(`${diff.switch}: not read: ${diff.error}`)];
  const { ports, unregistered, read } = diff;
  return [
    `${diff.switch}: ${ports.length === 0 ? `${read} ports are as they should be` : `${ports.length} of ${read} ports differ`}`,
    ...ports.flatMap(({ name, nic, state, wanted, found }) => [
      plain(`  ${name}${nic ? ` (${nic})` : ''}${state === 'pending' ? ', being changed' : ''}`),
      plain(`    - ${wanted}`),
      plain(`    + ${found}`),
    ]),
    ...unregistered.map(({ name, found, networks }) =>
      plain(`  ${name} is not registered and is ${found}: it carries ${networks.join(', ')}`),
    ),
  ];
}
