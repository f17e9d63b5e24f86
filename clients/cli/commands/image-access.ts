/** `bullion image rename`, `share`, `publish`, ..: what changes of an image that never changes; and what comes back. */
import { all, ok } from '@bullion/sdk';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { table } from '../output.ts';

const onImage = (image: string) => ({ params: { path: { image } } });

export function addAccess(image: Command, cli: Cli): void {
  const patch = async (name: string, body: { name?: string; public?: boolean }, said: string) => {
    const { provisioning } = await cli.services();
    cli.result(
      await ok(provisioning.PATCH('/provisioning/v1/images/{image}', { ...onImage(name), body })),
      said,
    );
  };
  example(
    image
      .command('rename <image> <name>')
      .description('give an image another name')
      .action((name: string, to: string) => patch(name, { name: to }, `Image ${name} is ${to} now.`)),
    'bullion image rename web web-1',
  );
  example(
    image
      .command('publish <image>')
      .description('let every project boot an image')
      .action((name: string) => patch(name, { public: true }, `Every project may boot ${name} now.`)),
    'bullion image publish web',
  );
  example(
    image
      .command('unpublish <image>')
      .description('make a public image private again; what was cloned of it stays')
      .action((name: string) => patch(name, { public: false }, `Image ${name} is private now.`)),
    'bullion image unpublish web',
  );
  example(
    image
      .command('share <image> <project>')
      .description('let one other project boot an image')
      .action(async (name: string, project: string) => {
        const { provisioning } = await cli.services();
        const params = { path: { image: name, project } };
        await ok(provisioning.PUT('/provisioning/v1/images/{image}/shares/{project}', { params }));
        cli.result({ image: name, sharedWith: project }, `Project ${project} may boot ${name} now.`);
      }),
    'bullion image share web hospital',
  );
  example(
    image
      .command('unshare <image> <project>')
      .description('share an image no longer; what was cloned of it stays')
      .action(async (name: string, project: string) => {
        const { provisioning } = await cli.services();
        const params = { path: { image: name, project } };
        await ok(provisioning.DELETE('/provisioning/v1/images/{image}/shares/{project}', { params }));
        cli.result({ image: name, unshared: project }, `Project ${project} may no longer boot ${name}.`);
      }),
    'bullion image unshare web hospital',
  );
  example(
    image
      .command('deleted')
      .description('images and volumes that were deleted and can come back')
      .action(async () => {
        const { provisioning } = await cli.services();
        const deleted = await all((query) =>
          provisioning.GET('/provisioning/v1/deleted', { params: { query } }),
        );
        cli.list(deleted, 'Nothing was deleted lately.', (rows) =>
          table(
            ['kind', 'name', 'owner', 'deleted', 'kept until'],
            rows.map((row) => [
              row.kind,
              row.name,
              row.project ?? '(operator)',
              row.deletedAt,
              row.keptUntil,
            ]),
          ),
        );
      }),
    'bullion image deleted',
  );
  example(
    image
      .command('undelete <image>')
      .description('bring back a deleted image: private, and shared with nobody')
      .action(async (name: string) => {
        const { provisioning } = await cli.services();
        const found = await ok(provisioning.POST('/provisioning/v1/images/{image}/undelete', onImage(name)));
        cli.result(found, `Image ${name} is back.`);
      }),
    'bullion image undelete web',
  );
}
