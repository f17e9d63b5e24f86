/** `bullion network`: which servers reach which. */
import { all, type IsolationType, ok } from '@bullion/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { finish } from '../follow.ts';
import { fields, table } from '../output.ts';
import { addDhcpCheck } from './dhcp-check.ts';
import { projectOf } from './project.ts';

type Network = IsolationType['Network'];

export function addNetwork(program: Command, cli: Cli): void {
  const network = program
    .command('network')
    .description(
      "networks: which servers reach which. NETWORK is a name, or PROJECT/NAME where several have it; /NAME is the operator's",
    );
  example(
    network,
    'bullion network create private --project hospital',
    'bullion network attach private node1 nic1',
  );
  addCreate(network, cli);

  example(
    network
      .command('list')
      .description('list the networks that you may see')
      .action(async () => {
        const { isolation } = await cli.services();
        const networks = await all((query) => isolation.GET('/isolation/v1/networks', { params: { query } }));
        cli.list(
          networks,
          'There are no networks that you may see. Create one: bullion network create NAME',
          (rows) =>
            table(
              ['network', 'owner', 'vlan', 'kind', 'may attach too'],
              rows.map((row) => [
                row.fullName,
                owner(row),
                row.vlan,
                kind(row),
                row.access.join(' ') || null,
              ]),
            ),
        );
      }),
    'bullion network list',
  );

  example(
    network
      .command('show <network>')
      .description('show a network')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        const found = await ok(isolation.GET('/isolation/v1/networks/{network}', onNetwork(name)));
        cli.result(
          found,
          fields([
            ['network', found.fullName],
            ['owner', owner(found)],
            ['vlan', found.vlan],
            ['kind', kind(found)],
            ['may attach too', found.access.join(' ') || null],
          ]),
        );
      }),
    'bullion network show private',
  );

  for (const [verb, description, done] of [
    ['grant', 'let another project attach its nodes', 'may attach its nodes to'],
    ['revoke', 'take that access back', 'may no longer attach nodes to'],
  ] as const) {
    example(
      network
        .command(`${verb} <network> <project>`)
        .description(description)
        .action(async (name: string, project: string) => {
          const { isolation } = await cli.services();
          const path = '/isolation/v1/networks/{network}/access/{project}';
          const params = { params: { path: { network: name, project } } };
          await ok(verb === 'grant' ? isolation.PUT(path, params) : isolation.DELETE(path, params));
          cli.result(
            { network: name, project, access: verb === 'grant' },
            `Project ${project} ${done} ${name}.`,
          );
        }),
      `bullion network ${verb} private startup`,
    );
  }
  addAttach(network, cli);
  addDhcpCheck(network, cli);

  example(
    network
      .command('delete <network>')
      .description('delete a network that no NIC is on')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        await ok(isolation.DELETE('/isolation/v1/networks/{network}', onNetwork(name)));
        cli.result({ deleted: name }, `Network ${name} is deleted.`);
      }),
    'bullion network delete private',
  );
}

const onNetwork = (network: string) => ({ params: { path: { network } } });
const owner = ({ project }: Network): string => project ?? '(operator)';
const kind = (row: Network): string =>
  [row.public && 'public', row.isolated && 'isolated'].filter(Boolean).join(', ') || 'private';

type CreateOptions = { project?: string; vlan?: number; isolated?: boolean; public?: boolean };

function addCreate(network: Command, cli: Cli): void {
  example(
    network
      .command('create <network>')
      .description('create a network')
      .option('--project <project>', 'its owner; your own project by default')
      .option('--vlan <number>', 'a certain VLAN (operators)', vlanOf)
      .option('--isolated', 'its nodes cannot reach one another, only the machine that serves them')
      .option('--public', 'every project may attach its nodes (operators)')
      .action(async (name: string, options: CreateOptions) => {
        const project = await projectOf(cli, options.project);
        const made = await createNetwork(cli, { ...options, name, project });
        cli.result(
          made,
          `Network ${name} is there. Put a NIC on it: bullion network attach ${name} NODE NIC`,
        );
      }),
    'bullion network create private --project hospital',
  );
}

export async function createNetwork(
  cli: Cli,
  {
    name,
    project,
    vlan,
    isolated,
    public: open,
  }: Omit<CreateOptions, 'project'> & { name: string; project: string | null },
): Promise<Network> {
  const { isolation } = await cli.services();
  const body = {
    ...{ name, project },
    ...(vlan === undefined ? {} : { vlan }),
    ...{ isolated: isolated ?? false, public: open ?? false },
  };
  return await ok(isolation.POST('/isolation/v1/networks', { body }));
}

function vlanOf(text: string): number {
  const vlan = Number(text);
  if (Number.isInteger(vlan) && vlan >= 1 && vlan <= 4094) return vlan;
  throw new InvalidArgumentError('A VLAN is a number from 1 to 4094.');
}

type AttachOptions = { tagged?: true; wait: boolean };

function addAttach(network: Command, cli: Cli): void {
  example(
    network
      .command('attach <network> <node> <nic>')
      .description('put a NIC on a network; waits until the switch carries it')
      .option('--tagged', 'with its VLAN tag, beside other networks')
      .option('--no-wait', 'return at once')
      .action(async (name: string, node: string, nic: string, options: AttachOptions) => {
        const { isolation } = await cli.services();
        const started = await ok(
          isolation.PUT('/isolation/v1/nodes/{node}/nics/{nic}/networks/{network}', {
            params: { path: { node, nic, network: name } },
            body: { mode: options.tagged ? 'tagged' : 'native' },
          }),
        );
        await finish(cli, started.operation, options, {
          doing: `Putting ${node}/${nic} on ${name}`,
          done: `${node}/${nic} is on ${name}.`,
        });
      }),
    'bullion network attach private node1 nic1',
    'bullion network attach storage node1 nic1 --tagged',
  );
  example(
    network
      .command('detach <network> <node> <nic>')
      .description('take a NIC off a network; waits until the switch has closed it')
      .option('--no-wait', 'return at once')
      .action(async (name: string, node: string, nic: string, options: { wait: boolean }) => {
        const { isolation } = await cli.services();
        const started = await ok(
          isolation.DELETE('/isolation/v1/nodes/{node}/nics/{nic}/networks/{network}', {
            params: { path: { node, nic, network: name } },
          }),
        );
        await finish(cli, started.operation, options, {
          doing: `Taking ${node}/${nic} off ${name}`,
          done: `${node}/${nic} is off ${name}.`,
        });
      }),
    'bullion network detach private node1 nic1',
  );
}
