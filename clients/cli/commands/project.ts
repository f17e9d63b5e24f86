/** `bullion project`: the tenants. */
import { ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { table } from '../output.ts';

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
        const projects = await ok(isolation.GET('/isolation/v1/projects'));
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
