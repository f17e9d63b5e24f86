/** What becomes of a node after it was registered: `bullion node set`, `maintenance`, `metadata`, `inspect`, `health`. */
import { type IsolationType, ok } from '@bullion/sdk';
import { Argument, type Command, Option } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { inspect } from '../inspection.ts';
import { bytes, fields, table } from '../output.ts';
import { type BmcOptions, bmcSettings, onNode, withBmc } from './node-bmc.ts';

type SetOptions = Partial<BmcOptions> & { firmware?: 'bios' | 'uefi'; owner?: string | false };

export function addNodeLife(node: Command, cli: Cli): void {
  example(
    withBmc(node.command('set <node>').description('change its BMC, firmware or owner (operators)'))
      .addOption(new Option('--firmware <kind>', 'how it boots').choices(['bios', 'uefi']))
      .option('--owner <project>', 'who gives it to itself, and leases it to others')
      .option('--no-owner', 'the data centre owns it')
      .action(async (name: string, options: SetOptions) => {
        const { isolation } = await cli.services();
        const body = {
          ...(options.firmware && { firmware: options.firmware }),
          ...(options.owner !== undefined && { owner: options.owner === false ? null : options.owner }),
          ...(options.bmc && { bmc: { driver: options.bmc, settings: bmcSettings(cli, options) } }),
        };
        const changed = await ok(isolation.PATCH('/isolation/v1/nodes/{node}', { ...onNode(name), body }));
        cli.result(changed, `Node ${name} is changed.`);
      }),
    'bullion node set node1 --owner hospital',
    'bullion node set node1 --bmc redfish --bmc-address 10.0.1.1 --bmc-user admin --bmc-password-file ./bmc.secret',
  );

  example(
    node
      .command('maintenance <node>')
      .description('give a node to nobody for a while, or to everybody again (operators)')
      .addArgument(new Argument('<state>', 'on or off').choices(['on', 'off']))
      .option('--reason <text>', 'why; whoever sees the node reads it')
      .action(async (name: string, state: 'on' | 'off', { reason }: { reason?: string }) => {
        const { isolation } = await cli.services();
        const body = { maintenance: { on: state === 'on', ...(reason && { reason }) } };
        const changed = await ok(isolation.PATCH('/isolation/v1/nodes/{node}', { ...onNode(name), body }));
        cli.result(
          changed,
          `Node ${name} is ${state === 'on' ? 'given to nobody now' : 'given away again'}.`,
        );
      }),
    'bullion node maintenance node1 on --reason "a fan rattles"',
    'bullion node maintenance node1 off',
  );

  example(
    node
      .command('metadata <node> [label] [value]')
      .description('read what is noted at a node; operators note JSON, or text, under a label')
      .option('--delete', 'take the label off')
      .action(async (name: string, label?: string, value?: string, options?: { delete?: true }) => {
        const { isolation } = await cli.services();
        const at = { params: { path: { node: name, label: label ?? '' } } };
        const path = '/isolation/v1/nodes/{node}/metadata/{label}';
        if (label !== undefined && options?.delete) await ok(isolation.DELETE(path, at));
        else if (label !== undefined && value !== undefined) {
          await ok(isolation.PUT(path, { ...at, body: { value: jsonOr(value) } }));
        }
        const { metadata } = await ok(isolation.GET('/isolation/v1/nodes/{node}', onNode(name)));
        const rows = Object.entries(metadata).map(([label, value]) => [label, JSON.stringify(value)]);
        cli.result(
          metadata,
          rows.length === 0 ? `Nothing is noted at ${name}.` : table(['label', 'value'], rows),
        );
      }),
    'bullion node metadata node1',
    'bullion node metadata node1 rack \'{"row": 3, "unit": 7}\'',
    'bullion node metadata node1 rack --delete',
  );

  example(
    node
      .command('inspect <node>')
      .description(
        'boot a free node only to look at it: what it is made of, and where its cables go (operators)',
      )
      .option(
        '--image <image>',
        'the image that looks; made by: bullion image build inspector --recipe inspector',
        'inspector',
      )
      .option('--token-only', 'only make a token, with which an inspector that you boot yourself reports')
      .action(async (name: string, options: { image: string; tokenOnly?: true }) => {
        if (options.tokenOnly) return await makeToken(cli, name);
        const found = await inspect(cli, name, options.image);
        cli.result(found, describe(found.facts));
      }),
    'bullion node inspect node1',
  );

  example(
    node
      .command('inspection <node>')
      .description('show what a node is made of, as it was inspected last')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        const found = await ok(isolation.GET('/isolation/v1/nodes/{node}/inspection', onNode(name)));
        cli.result(found, describe(found.facts));
      }),
    'bullion node inspection node1',
  );

  example(
    node
      .command('health <node>')
      .description('does its BMC answer, are its ports as they should be')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        const health = await ok(isolation.GET('/isolation/v1/nodes/{node}/health', onNode(name)));
        const { bmc, ports } = health;
        const rows = ports.map(({ nic, state, error }) => [`port of ${nic}`, state, error]);
        const reached = [`BMC (power ${bmc.power ?? 'unknown'})`, bmc.reachable ? 'answers' : 'silent'];
        const parts = table(['part', 'state', 'error'], [[...reached, bmc.error?.message ?? null], ...rows]);
        cli.result(health, `${name} is ${health.status}.\n\n${parts}`);
      }),
    'bullion node health node1',
  );

  example(
    node
      .command('sensors <node>')
      .description('read what a node measures, and what it draws')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        const { sensors } = await ok(isolation.GET('/isolation/v1/nodes/{node}/sensors', onNode(name)));
        const { data } = await isolation.GET('/isolation/v1/nodes/{node}/power-draw', onNode(name));
        const watts = data?.watts ?? null;
        const rows = sensors.map(({ name, reading, unit, status }) => [name, reading, unit, status]);
        const draw = watts === null ? '' : `\n\n${name} draws ${watts} W.`;
        cli.result({ sensors, watts }, `${table(['sensor', 'reading', 'unit', 'status'], rows)}${draw}`);
      }),
    'bullion node sensors node1',
  );
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function makeToken(cli: Cli, name: string): Promise<void> {
  const { isolation } = await cli.services();
  const made = await ok(isolation.POST('/isolation/v1/nodes/{node}/inspect', onNode(name)));
  cli.result(made, made.token);
  cli.note(`It reports once, until ${made.expiresAt}. Then see: bullion node inspection ${name}`);
}

function describe({ system, cpu, memoryBytes, disks, nics }: IsolationType['Facts']): string {
  const head = fields([
    ['system', [system.vendor, system.product].filter(Boolean).join(' ') || null],
    ['serial', system.serial],
    ['cpu', `${cpu.sockets} x ${cpu.model ?? 'unknown'}, ${cpu.threads} threads`],
    ['memory', bytes(memoryBytes)],
    ...disks.map((disk) => [disk.name, `${bytes(disk.bytes)} ${disk.model ?? ''}`.trim()] as const),
  ]);
  const rows = nics.map(({ name, mac, link, megabits, neighbour }) => [
    ...[name, mac, link ? `${megabits ?? '?'} Mbit/s` : 'no link'],
    neighbour ? `${neighbour.systemName ?? neighbour.chassisId}/${neighbour.portId}` : null,
  ]);
  return `${head}\n\n${table(['nic', 'mac', 'link', 'hears'], rows)}`;
}
