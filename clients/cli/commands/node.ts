/** `bullion node`: servers. Operators register them, projects hold them. */
import { all, type IsolationType, ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import { Argument, type Command, Option } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { fields, table } from '../output.ts';
import { collect } from '../settings.ts';
import { type BmcOptions, bmcSettings, onNode, withBmc } from './node-bmc.ts';
import { addNodeLife } from './node-life.ts';
import { requireProjectOf } from './project.ts';

type Node = IsolationType['Node'];

export function addNode(program: Command, cli: Cli): void {
  const node = program.command('node').description('servers');
  example(node, 'bullion node list --free', 'bullion node allocate node1 --project hospital');
  addAdd(node, cli);
  addNodeLife(node, cli);

  example(
    node
      .command('list')
      .description('list the free nodes and your own')
      .option('--free', 'only free ones')
      .action(async (options: { free?: true }) => {
        const { isolation } = await cli.services();
        const free = options.free ? { free: 'true' } : {};
        const nodes = await all((page) =>
          isolation.GET('/isolation/v1/nodes', { params: { query: { ...page, ...free } } }),
        );
        cli.list(
          nodes,
          options.free ? 'There are no free nodes.' : 'There are no nodes that you may see.',
          nodeTable,
        );
      }),
    'bullion node list --free',
  );

  example(
    node
      .command('show <node>')
      .description('show a node and its NICs')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        const found = await ok(isolation.GET('/isolation/v1/nodes/{node}', onNode(name)));
        cli.result(found, describe(found));
      }),
    'bullion node show node1',
  );

  example(
    node
      .command('allocate <node>')
      .description('give a free node to a project')
      .option('--project <project>', 'which one; your own by default')
      .action(async (name: string, options: { project?: string }) => {
        const { isolation } = await cli.services();
        const project = await requireProjectOf(cli, options.project);
        const held = await ok(
          isolation.POST('/isolation/v1/nodes/{node}/allocate', { ...onNode(name), body: { project } }),
        );
        cli.result(held, `Node ${name} is held by ${project}. Boot it: bullion boot ${name} --image IMAGE`);
      }),
    'bullion node allocate node1 --project hospital',
  );

  example(
    node
      .command('power <node>')
      .description('read or change the power of a node')
      .addArgument(
        new Argument('[action]', 'what to do')
          .choices(['status', 'on', 'off', 'cycle', 'reset', 'soft'])
          .default('status'),
      )
      .action(async (name: string, action: PowerAction | 'status') => {
        const { isolation } = await cli.services();
        const path = '/isolation/v1/nodes/{node}/power';
        const { power } = await ok(
          action === 'status'
            ? isolation.GET(path, { params: { path: { node: name }, query: { fresh: 'true' } } })
            : isolation.PUT(path, { ...onNode(name), body: { action } }),
        );
        cli.result({ node: name, power }, `The power of ${name} is ${power}.`);
      }),
    'bullion node power node1',
    'bullion node power node1 cycle',
  );

  example(
    node
      .command('delete <node>')
      .description('delete a free node (operators)')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        await ok(isolation.DELETE('/isolation/v1/nodes/{node}', onNode(name)));
        cli.result({ deleted: name }, `Node ${name} is deleted.`);
      }),
    'bullion node delete node1',
  );
}

type PowerAction = 'on' | 'off' | 'cycle' | 'reset' | 'soft';

type AddOptions = BmcOptions & { firmware: 'bios' | 'uefi'; nic?: string[] };

function addAdd(node: Command, cli: Cli): void {
  example(
    withBmc(
      node.command('add <node>').description('register a node with its BMC and NICs (operators)'),
      'ipmi',
    )
      .addOption(new Option('--firmware <kind>', 'how it boots').choices(['bios', 'uefi']).default('bios'))
      .option('--nic <name=mac[@switch/port]>', 'a NIC, and where its cable goes; may be repeated', collect)
      .action(async (name: string, options: AddOptions) => {
        const body = {
          name,
          firmware: options.firmware,
          bmc: { driver: options.bmc, settings: bmcSettings(cli, options) },
          nics: (options.nic ?? []).map(nicOf),
        };
        const { isolation } = await cli.services();
        const made = await ok(isolation.POST('/isolation/v1/nodes', { body }));
        cli.result(
          made,
          `Node ${name} is registered with ${made.nics.length} NICs. See that its BMC answers: bullion node power ${name}`,
        );
      }),
    `bullion node add node1 --firmware uefi --bmc-address 10.0.1.1 --bmc-user admin \\
      --bmc-password-file ./bmc.secret --nic nic0=52:54:00:12:34:56@tor1/eth1`,
  );
}

/** `nic0=52:54:00:12:34:56@tor1/eth1`; a port's name may hold slashes, a switch's may not. */
function nicOf(text: string): { name: string; mac: string; switch?: string; port?: string } {
  const [, name, mac, switchName, port] = /^([^=]+)=([^@]+)(?:@([^/]+)\/(.+))?$/.exec(text) ?? [];
  if (name !== undefined && mac !== undefined)
    return {
      name,
      mac,
      ...(switchName !== undefined && port !== undefined ? { switch: switchName, port } : {}),
    };
  throw new BullionError('invalid', 'nic_invalid', `"${text}" does not describe a NIC.`, {
    hint: 'Write NAME=MAC, or NAME=MAC@SWITCH/PORT: nic0=52:54:00:12:34:56@tor1/eth1.',
  });
}

function nodeTable(nodes: readonly Node[]): string {
  return table(
    ['node', 'state', 'project', 'firmware', 'networks'],
    nodes.map((node) => [node.name, stateOf(node), node.project, node.firmware, networksOf(node)]),
  );
}

const stateOf = (node: Node): string => `${node.state}${node.maintenance === null ? '' : ' (maintenance)'}`;

const networksOf = (node: Node): string =>
  node.nics
    .flatMap((nic) => nic.networks.map((attachment) => `${nic.name}:${describeAttachment(attachment)}`))
    .join(' ') || '-';

function describeAttachment({ network, mode, state }: Node['nics'][number]['networks'][number]): string {
  return `${network}${mode === 'tagged' ? '(tagged)' : ''}${state === 'attached' ? '' : `(${state})`}`;
}

function describe(node: Node): string {
  const nics = table(
    ['nic', 'mac', 'cable', 'networks'],
    node.nics.map((nic) => [
      nic.name,
      nic.mac,
      nic.switch === undefined ? null : `${nic.switch}/${nic.port}`,
      nic.networks.map(describeAttachment).join(' ') || '-',
    ]),
  );
  const head = fields([
    ['node', node.name],
    ['state', node.state],
    ['project', node.project],
    ['owner', node.owner],
    ['firmware', node.firmware],
    ['maintenance', node.maintenance],
    ['leased', node.lease && `to ${node.lease.project} until ${node.lease.endsAt}`],
    ...Object.entries(node.metadata).map(([label, value]) => [label, JSON.stringify(value)] as const),
  ]);
  return node.nics.length === 0 ? head : `${head}\n\n${nics}`;
}
