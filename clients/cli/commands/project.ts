/** `bullion project`: the tenants. */
import { all, type IsolationType, ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { fields, table } from '../output.ts';

export function addProject(program: Command, cli: Cli): void {
  const project = program.command('project').description('tenants: what holds nodes, networks and images');
  example(
    project,
    'bullion project create hospital',
    'export BULLION_TOKEN=$(bullion project token hospital)',
  );

  example(
    project
      .command('create <project>')
      .description('create a project (operators)')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        const made = await ok(isolation.POST('/isolation/v1/projects', { body: { name } }));
        cli.result(made, `Project ${name} is there. Make a token for it: bullion project token ${name}`);
      }),
    'bullion project create hospital',
  );

  example(
    project
      .command('list')
      .description('list the projects that you may know of')
      .action(async () => {
        const { isolation } = await cli.services();
        const projects = await all((query) => isolation.GET('/isolation/v1/projects', { params: { query } }));
        cli.list(projects, 'There are no projects. Create one: bullion project create NAME', (rows) =>
          table(
            ['project'],
            rows.map(({ name }) => [name]),
          ),
        );
      }),
    'bullion project list',
  );

  example(
    project
      .command('token <project>')
      .description('make a token that acts for a project; it is shown this once')
      .option('--label <text>', 'what the token is for', 'command line')
      .action(async (name: string, options: { label: string }) => {
        const { isolation } = await cli.services();
        const made = await ok(
          isolation.POST('/isolation/v1/projects/{project}/tokens', {
            params: { path: { project: name } },
            body: { label: options.label },
          }),
        );
        cli.result(made, made.token);
        cli.note(`This token acts for ${name}; it is not shown again. Use it: export BULLION_TOKEN=...`);
      }),
    'export BULLION_TOKEN=$(bullion project token hospital --label "nightly job")',
  );

  example(
    project
      .command('show <project>')
      .description('show what a project holds, and how much it may hold')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        const found = await ok(isolation.GET('/isolation/v1/projects/{project}', onProject(name)));
        cli.result(found, describe(found));
      }),
    'bullion project show hospital',
  );

  example(
    project
      .command('quota <project>')
      .description('say how many nodes and networks a project may hold (operators)')
      .option('--nodes <number>', 'at most so many nodes, or "any"', amount)
      .option('--networks <number>', 'at most so many networks, or "any"', amount)
      .action(async (name: string, options: { nodes?: Amount; networks?: Amount }) => {
        const { isolation } = await cli.services();
        const path = onProject(name);
        const { quota } = await ok(isolation.GET('/isolation/v1/projects/{project}', path));
        const or = (asked: Amount | undefined, now: number | null) =>
          asked === 'any' ? null : (asked ?? now);
        const body = {
          nodes: or(options.nodes, quota.nodes),
          networks: or(options.networks, quota.networks),
        };
        const set = await ok(isolation.PUT('/isolation/v1/projects/{project}/quota', { ...path, body }));
        cli.result(set, describe(set));
      }),
    'bullion project quota hospital --nodes 4 --networks any',
  );

  const member = project.command('member').description('users who act for a project');
  example(member, 'bullion project member add hospital ann');
  const route = '/isolation/v1/projects/{project}/members/{user}';
  example(
    member
      .command('add <project> <user>')
      .description('let a user act for a project (operators)')
      .action(async (name: string, user: string) => {
        const { isolation } = await cli.services();
        await ok(isolation.PUT(route, { params: { path: { project: name, user } } }));
        cli.result({ project: name, user }, `${user} acts for ${name}.`);
      }),
    'bullion project member add hospital ann',
  );
  example(
    member
      .command('remove <project> <user>')
      .description('no longer let a user act for a project (operators)')
      .action(async (name: string, user: string) => {
        const { isolation } = await cli.services();
        await ok(isolation.DELETE(route, { params: { path: { project: name, user } } }));
        cli.result({ project: name, user }, `${user} no longer acts for ${name}.`);
      }),
    'bullion project member remove hospital ann',
  );

  example(
    project
      .command('delete <project>')
      .description('delete a project that holds nothing any more (operators)')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        await ok(
          isolation.DELETE('/isolation/v1/projects/{project}', { params: { path: { project: name } } }),
        );
        cli.result({ deleted: name }, `Project ${name} is deleted.`);
      }),
    'bullion project delete hospital',
  );
}

type Amount = number | 'any';

const onProject = (project: string) => ({ params: { path: { project } } });

function amount(text: string): Amount {
  if (text === 'any') return text;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number, or "any".');
}

function describe({ name, quota, used }: IsolationType['ProjectDetails']): string {
  return fields([
    ['project', name],
    ['nodes', `${used.nodes} of ${quota.nodes ?? 'any number'}`],
    ['networks', `${used.networks} of ${quota.networks ?? 'any number'}`],
  ]);
}

/** The project that was named, or the caller's own; null for an operator who names none. */
export async function projectOf(cli: Cli, named: string | undefined): Promise<string | null> {
  if (named !== undefined) return named;
  const { isolation } = await cli.services();
  return (await ok(isolation.GET('/isolation/v1/whoami'))).project;
}

/** The same where there must be one. */
export async function requireProjectOf(cli: Cli, named: string | undefined): Promise<string> {
  const project = await projectOf(cli, named);
  if (project !== null) return project;
  throw new BullionError('invalid', 'project_missing', 'An operator acts for no project by itself.', {
    hint: 'Say for which project: --project NAME. `bullion project list` shows what there is.',
  });
}
