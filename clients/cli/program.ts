/** All commands, put together. */
import { Command } from 'commander';
import type { Cli, GlobalOptions } from './cli.ts';
import { DEFAULT_URL } from './cli.ts';
import { addAgent } from './commands/agent.ts';
import { addAuction } from './commands/auction.ts';
import { addAudit } from './commands/audit.ts';
import { addBoot } from './commands/boot.ts';
import { addConsole } from './commands/console.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvents } from './commands/events.ts';
import { addHook } from './commands/hook.ts';
import { addImage } from './commands/image.ts';
import { addImport } from './commands/import.ts';
import { addLease } from './commands/lease.ts';
import { addLedger } from './commands/ledger.ts';
import { addMarket } from './commands/market.ts';
import { addNetwork } from './commands/network.ts';
import { addNode } from './commands/node.ts';
import { addOperation } from './commands/operation.ts';
import { addProject } from './commands/project.ts';
import { addRack } from './commands/rack.ts';
import { addRelease } from './commands/release.ts';
import { addServe } from './commands/serve.ts';
import { addPort, addSwitch } from './commands/switch.ts';
import { addTarget } from './commands/target.ts';
import { addTraffic } from './commands/traffic.ts';
import { addToken, addUser } from './commands/user.ts';
import { addVolume } from './commands/volume.ts';
import { EXIT_HELP } from './exit-codes.ts';

export function createProgram(cli: Cli): Command {
  const program = new Command('bullion')
    .description('Bare-metal servers as liquid as virtual machines.')
    .version('0.1.0', '-V, --version', 'say the version')
    .helpOption('-h, --help', 'say how a command is used')
    .helpCommand('help [command]', 'say how a command is used')
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => cli.io.stdout.write(text),
      writeErr: (text) => cli.io.stderr.write(text),
      // `main` reports errors of use like all others.
      outputError: () => {},
    })
    .option('--json', 'print one JSON value, for programs; errors too, as {"error": {code, message, hint}}')
    .option('--url <url>', `where the services answer (BULLION_URL; ${DEFAULT_URL})`)
    .option('--token <token>', 'who is asking; other users can see it here, so better set BULLION_TOKEN')
    .option('--home <folder>', 'where this machine keeps racks, services and caches (BULLION_HOME)')
    .option('--debug', 'show where an error came from')
    .hook('preAction', (_, command) => cli.configure(command.optsWithGlobals<GlobalOptions>()));
  addRack(program, cli);
  addServe(program, cli);
  addDoctor(program, cli);
  addProject(program, cli);
  addUser(program, cli);
  addToken(program, cli);
  addSwitch(program, cli);
  addPort(program, cli);
  addNode(program, cli);
  addLease(program, cli);
  addHook(program, cli);
  addImport(program, cli);
  addNetwork(program, cli);
  addImage(program, cli);
  addVolume(program, cli);
  addTarget(program, cli);
  addBoot(program, cli);
  addTraffic(program, cli);
  addRelease(program, cli);
  addConsole(program, cli);
  addMarket(program, cli);
  addAuction(program, cli);
  addLedger(program, cli);
  addAgent(program, cli);
  addOperation(program, cli);
  addEvents(program, cli);
  addAudit(program, cli);
  program.addHelpText(
    'after',
    `
Example:
  $ bullion rack up                              a virtual data centre on this machine
  $ bullion serve --rack demo                    the services for it; leave it running
  $ bullion rack register demo                   its switch and servers become known
  $ bullion image build golden --public
  $ bullion project create mine
  $ bullion node allocate node1 --project mine
  $ bullion boot node1 --image golden

${EXIT_HELP}`,
  );
  return program;
}

/** The command that the words mean, as far as they name one: for the words image, imp: "bullion image". */
export function commandOf(program: Command, argv: readonly string[]): string {
  let command = program;
  for (const word of argv) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next) command = next;
    else if (!word.startsWith('-')) break;
  }
  const names: string[] = [];
  for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}
