/** `bullion`: reads the command line, runs one command, and turns what is thrown into words and an exit code. */
import { BullionError, messageOf } from '@bullion/service/errors';
import { plainLines } from '@bullion/service/plain-text';
import { CommanderError } from 'commander';
import { Cli, type Io } from './cli.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { commandOf, createProgram } from './program.ts';

/** Runs `bullion ARGV` and returns its exit code. Throws nothing. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const cli = new Cli(io);
  const program = createProgram(cli);
  try {
    await program.parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
    return cli.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.ok;
    // The person who pressed Ctrl-C knows why it ended.
    if (io.signal?.aborted && !(thrown instanceof BullionError)) return EXIT.interrupted;
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') return EXIT.usage;
    // The command line may be what could not be read, so `--json` is looked for in its words.
    cli.json ||= words(argv).includes('--json');
    cli.debug ||= words(argv).includes('--debug');
    const error =
      thrown instanceof CommanderError
        ? usageError(thrown, commandOf(program, argv))
        : asBullionError(thrown);
    report(cli, error, thrown);
    return exitCodeOf(error.kind);
  }
}

/** Those of the arguments that are ours, and not of a command that `rack exec` runs. */
const words = (argv: readonly string[]): readonly string[] => {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
};

function report(cli: Cli, error: BullionError, thrown: unknown): void {
  if (cli.json) return void cli.io.stdout.write(`${JSON.stringify(error.toBody())}\n`);
  const { stderr } = cli.io;
  stderr.write(`bullion: ${plainLines(error.message)}\n`);
  if (error.hint !== undefined) {
    const [first, ...more] = plainLines(error.hint).split('\n');
    stderr.write(`  hint: ${first}\n${more.map((line) => `        ${line}\n`).join('')}`);
  }
  if (cli.debug && thrown instanceof Error) stderr.write(`\n${thrown.stack}\n${causes(thrown)}`);
}

function causes(error: Error): string {
  return error.cause instanceof Error
    ? `caused by: ${error.cause.stack ?? error.cause.message}\n${causes(error.cause)}`
    : '';
}

/** What commander says, as one of our errors: "error: unknown option '--x'\n(Did you mean --y?)". */
function usageError(error: CommanderError, command: string): BullionError {
  const [first, suggestion] = error.message.replace(/^error: /, '').split('\n');
  const message = `${first!.charAt(0).toUpperCase()}${first!.slice(1)}`;
  return new BullionError('invalid', 'usage', message.endsWith('.') ? message : `${message}.`, {
    hint: `${suggestion ? `${suggestion.replace(/^\((.*)\)$/, '$1')} ` : ''}See \`${command} --help\`.`,
  });
}

function asBullionError(thrown: unknown): BullionError {
  if (thrown instanceof BullionError) return thrown;
  if (thrown instanceof DOMException && thrown.name === 'TimeoutError') {
    return new BullionError('timeout', 'request_timeout', 'The service did not answer in time.', {
      hint: 'Try again; the log of `bullion serve` says what it waits for.',
      cause: thrown,
    });
  }
  return new BullionError(
    'internal',
    'internal',
    `Something that should not happen did: ${messageOf(thrown)}`,
    {
      hint: 'Run the command again with --debug and tell the people who make Bullion what it shows.',
      cause: thrown,
    },
  );
}
