/** `bullion switch` and `bullion port`: what servers are cabled to. For operators. */
import { all, ok } from '@bullion/sdk';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { table } from '../output.ts';
import { collect, settingsOf } from '../settings.ts';
import { addDrift, type DriftPolicy, policyOption } from './drift.ts';

export function addSwitch(program: Command, cli: Cli): void {
  const command = program.command('switch').description('network switches (operators)');
  example(command, 'bullion switch list', 'bullion switch ports tor1');

  example(
    command
      .command('add <switch>')
      .description('register a switch; it must answer')
      .option('--driver <type>', 'its driver', 'ovs')
      .option('--setting <key=value>', "a setting of the driver; value @FILE reads a secret's file", collect)
      .addOption(policyOption())
      .action(async (name: string, options: { driver: string; setting?: string[]; drift: DriftPolicy }) => {
        const { isolation } = await cli.services();
        const { driver, drift, setting } = options;
        const body = { name, driver, drift, settings: settingsOf(setting) };
        const made = await ok(isolation.POST('/isolation/v1/switches', { body }));
        cli.result(
          made,
          `Switch ${name} answers and is registered. Register its ports: bullion port add ${name} PORT...`,
        );
      }),
    'bullion switch add tor1 --setting address=tcp:10.0.0.2:6640 --setting bridge=tor1',
  );

  example(
    command
      .command('list')
      .description('list switches')
      .action(async () => {
        const { isolation } = await cli.services();
        const switches = await all((query) => isolation.GET('/isolation/v1/switches', { params: { query } }));
        cli.list(switches, 'There are no switches. Register one: bullion switch add NAME ...', (rows) =>
          table(
            ['switch', 'driver', 'drift', 'ports'],
            rows.map(({ name, driver, drift, ports }) => [name, driver, drift, ports]),
          ),
        );
      }),
    'bullion switch list',
  );

  example(
    command
      .command('ports <switch>')
      .description('list ports: what each should carry, and what it was read to carry')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        const ports = await all((query) =>
          isolation.GET('/isolation/v1/switches/{switch}/ports', {
            params: { path: { switch: name }, query },
          }),
        );
        cli.list(
          ports,
          `Switch ${name} has no registered ports. Register some: bullion port add ${name} PORT...`,
          (rows) =>
            table(
              ['port', 'nic', 'state', 'should carry', 'carries', 'error'],
              rows.map(({ name, nic, state, wanted, observed, error }) => [
                name,
                nic,
                state,
                wanted,
                observed,
                error,
              ]),
            ),
        );
      }),
    'bullion switch ports tor1',
  );

  addDrift(command, cli);

  example(
    command
      .command('delete <switch>')
      .description('delete a switch without ports')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        await ok(isolation.DELETE('/isolation/v1/switches/{switch}', { params: { path: { switch: name } } }));
        cli.result({ deleted: name }, `Switch ${name} is deleted.`);
      }),
    'bullion switch delete tor1',
  );
}

export function addPort(program: Command, cli: Cli): void {
  const command = program.command('port').description('ports of switches (operators)');
  example(command, 'bullion port add tor1 node1-nic0 node1-nic1');

  example(
    command
      .command('add <switch> <port...>')
      .description('register ports; each is closed before anything else happens to it')
      .action(async (name: string, ports: string[]) => {
        for (const port of ports) await addOnePort(cli, name, port);
        cli.result({ switch: name, added: ports }, `Registered on ${name}: ${ports.join(', ')}.`);
      }),
    'bullion port add tor1 node1-nic0 node1-nic1',
  );

  example(
    command
      .command('delete <switch> <port>')
      .description('delete a port without a NIC')
      .action(async (name: string, port: string) => {
        const { isolation } = await cli.services();
        await ok(isolation.DELETE('/isolation/v1/switches/{switch}/ports/{port}', portPath(name, port)));
        cli.result({ switch: name, deleted: port }, `Port ${port} of ${name} is deleted.`);
      }),
    'bullion port delete tor1 node1-nic1',
  );
}

export async function addOnePort(cli: Cli, switchName: string, port: string): Promise<void> {
  const { isolation } = await cli.services();
  await ok(isolation.PUT('/isolation/v1/switches/{switch}/ports/{port}', portPath(switchName, port)));
}

const portPath = (switchName: string, port: string) => ({ params: { path: { switch: switchName, port } } });
