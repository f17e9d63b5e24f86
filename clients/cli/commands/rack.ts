/** `bullion rack`: a virtual data centre on this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { RackStatus } from '@bullion/rack';
import { BullionError, notFound } from '@bullion/service/errors';
import type { Command } from 'commander';
import { type Cli, REPOSITORY } from '../cli.ts';
import { example } from '../example.ts';
import { fields, seconds, table } from '../output.ts';
import { registerRack } from '../rack-registration.ts';
import { builtKernel, chosenRack, racksOf, useHome } from '../racks.ts';

export function addRack(program: Command, cli: Cli): void {
  const rack = program.command('rack').description('a virtual data centre on this machine');
  example(
    rack,
    'bullion rack up',
    'bullion rack status',
    'bullion rack exec -- ssh root@10.10.0.10',
    'bullion rack down',
  );

  example(
    rack
      .command('up [file]')
      .description('bring a rack up; its servers are off')
      .action(async (file?: string) => {
        useHome(cli);
        const { loadSpec, up } = await import('@bullion/rack');
        const spec = await loadSpec(file ?? join(REPOSITORY, 'rack/racks/demo.yaml'));
        const begin = Date.now();
        const probeKernel = builtKernel(cli);
        const status = await up(spec, {
          ...(probeKernel === undefined ? {} : { probeKernel }),
          onStep: ({ title, state, ms }) => {
            if (state === 'done') cli.note(`  ${seconds(ms ?? 0).padStart(7)}  ${title}`);
          },
        });
        cli.result(
          shown(status),
          `Rack ${spec.name} is up after ${seconds(Date.now() - begin)}.\n\n${describe(status)}\n\nNext: bullion serve --rack ${spec.name}`,
        );
      }),
    'bullion rack up',
    'bullion rack up ./my-rack.yaml',
  );

  example(
    rack
      .command('status [rack]')
      .description('show racks with their servers')
      .action(async (name?: string) => {
        const racks = name === undefined ? await racksOf(cli) : [await chosenRack(cli, name)];
        const value = racks.map(shown);
        cli.result(
          name === undefined ? value : value[0],
          racks.length === 0
            ? 'No rack is up. Bring one up: bullion rack up'
            : racks.map(describe).join('\n\n'),
        );
      }),
    'bullion rack status',
  );

  example(
    rack
      .command('down [rack]')
      .description('take a rack down; nothing of it stays')
      .option('--all', 'all racks')
      .action(async (name: string | undefined, options: { all?: true }) => {
        const names = options.all
          ? (await racksOf(cli)).map((one) => one.name)
          : [name ?? (await chosenRack(cli, undefined)).name];
        const { down } = await import('@bullion/rack');
        for (const one of names) await down(one);
        cli.result({ down: names }, names.length === 0 ? 'No rack is up.' : `Down: ${names.join(', ')}.`);
      }),
    'bullion rack down demo',
  );

  example(
    rack
      .command('register [rack]')
      .description("make a rack's switches, ports and servers known to the services (operators)")
      .action(async (name?: string) => {
        const status = await chosenRack(cli, name);
        const done = await registerRack(cli, status);
        cli.result(
          { rack: status.name, done },
          table(
            ['what', 'outcome'],
            done.map(({ what, outcome }) => [what, outcome]),
          ),
        );
      }),
    'bullion rack register demo',
  );

  example(
    rack
      .command('console <node>')
      .description("a server's serial line straight from its BMC; ~. leaves")
      .option('--rack <rack>', 'which rack, where there are several')
      .action(async (node: string, options: { rack?: string }) => {
        const { name } = await chosenRack(cli, options.rack);
        const { console } = await import('@bullion/rack');
        cli.exitCode = await console(name, node);
      }),
    'bullion rack console node1',
  );

  example(
    rack
      .command('exec <command...>')
      .description("run a command on the rack's operator machine, from where servers and BMCs can be reached")
      .option('--rack <rack>', 'which rack, where there are several')
      .action(async (words: string[], options: { rack?: string }) => {
        const { name } = await chosenRack(cli, options.rack);
        const { enter } = await import('@bullion/rack');
        cli.exitCode = await runAttached([...enter(name), ...words]);
      }),
    'bullion rack exec -- ssh root@10.10.0.10',
    'bullion rack exec --rack demo -- ping -c 1 172.31.0.11',
  );
}

/** Runs it on this terminal and returns its exit code; 128 and the number of the signal that ended it, as a shell does. */
async function runAttached([program, ...args]: string[]): Promise<number> {
  const child = spawn(program!, args, { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** BMC passwords stay in the rack's own files. */
function shown(status: RackStatus) {
  const nodes = status.nodes.map(({ bmc: { password: _, ...bmc }, ...node }) => ({ ...node, bmc }));
  return { ...status, nodes };
}

function describe(rack: RackStatus): string {
  const head = fields([
    ['rack', rack.name],
    [
      'state',
      rack.state === 'crashed' ? `crashed; clear it away: bullion rack down ${rack.name}` : rack.state,
    ],
    ['servers run by', rack.accelerator === 'kvm' ? 'KVM' : 'software emulation'],
    ['switches', rack.switches.map(({ name }) => name).join(' ')],
    ['operator', `${rack.controller.address} on VLAN ${rack.controller.vlan} of ${rack.controller.switch}`],
    ['files', rack.stateDirectory],
  ]);
  const nodes = table(
    ['node', 'power', 'firmware', 'cpus', 'memory', 'tpm', 'bmc', 'nics'],
    rack.nodes.map((node) => [
      ...[node.name, node.power, node.firmware, node.cpus, `${node.memoryMb} MB`, node.tpm ? 'yes' : 'no'],
      node.bmc.address,
      node.nics.map(({ name, mac }) => `${name}=${mac}`).join(' '),
    ]),
  );
  return `${head}\n\n${nodes}`;
}

/** Used by `serve` as well. */
export function requireUp(rack: RackStatus): void {
  if (rack.state === 'up') return;
  if (rack.state === 'crashed') {
    throw new BullionError('unavailable', 'rack_crashed', `The rack "${rack.name}" is not running.`, {
      hint: `Clear it away and bring it up again: bullion rack down ${rack.name}`,
    });
  }
  throw notFound('rack', rack.name, 'It is still being brought up; wait until `bullion rack up` has ended.');
}
