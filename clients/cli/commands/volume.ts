/** `bullion volume`: the disks of nodes, clones of images; and `check`, for the folder that they are kept in. */
import { all, ok, type ProvisioningType } from '@bullion/sdk';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { bytes, fields, table } from '../output.ts';
import { requireProjectOf } from './project.ts';
import { addVolumeCheck } from './volume-check.ts';

type Volume = ProvisioningType['Volume'];

export function addVolume(program: Command, cli: Cli): void {
  const volume = program.command('volume').description('disks of nodes: copy-on-write clones of images');
  example(volume, 'bullion volume list', 'bullion volume snapshot node1-disk monday');

  example(
    volume
      .command('create <volume>')
      .description('clone an image')
      .requiredOption('--image <image>', 'an image or a snapshot')
      .option('--project <project>', 'whose it is; your own project by default')
      .action(async (name: string, options: { image: string; project?: string }) => {
        const { provisioning } = await cli.services();
        const project = await requireProjectOf(cli, options.project);
        const made = await ok(
          provisioning.POST('/provisioning/v1/volumes', { body: { name, project, image: options.image } }),
        );
        cli.result(made, `Volume ${name} is there. Boot a node from it: bullion boot NODE --volume ${name}`);
      }),
    'bullion volume create data --image golden --project hospital',
  );

  example(
    volume
      .command('list')
      .description('list volumes')
      .action(async () => {
        const { provisioning } = await cli.services();
        const volumes = await all((query) =>
          provisioning.GET('/provisioning/v1/volumes', { params: { query } }),
        );
        cli.list(volumes, 'There are no volumes. A boot makes one: bullion boot NODE --image IMAGE', (rows) =>
          table(
            ['volume', 'project', 'image', 'size', 'own', 'node'],
            rows.map((row) => [
              row.name,
              row.project,
              row.image,
              bytes(row.sizeBytes),
              bytes(row.ownBytes),
              row.node,
            ]),
          ),
        );
      }),
    'bullion volume list',
  );

  example(
    volume
      .command('show <volume>')
      .description('show a volume')
      .action(async (name: string) => {
        const { provisioning } = await cli.services();
        const found = await ok(provisioning.GET('/provisioning/v1/volumes/{volume}', onVolume(name)));
        cli.result(found, describe(found));
      }),
    'bullion volume show data',
  );

  example(
    volume
      .command('snapshot <volume> <name>')
      .description('keep what a volume holds now, as an image of its own')
      .action(async (name: string, snapshot: string) => {
        const { provisioning } = await cli.services();
        const made = await ok(
          provisioning.POST('/provisioning/v1/volumes/{volume}/snapshots', {
            ...onVolume(name),
            body: { name: snapshot },
          }),
        );
        cli.result(
          made,
          `Snapshot ${snapshot} is there. Boot it anywhere: bullion boot NODE --image ${snapshot}`,
        );
      }),
    'bullion volume snapshot node1-disk monday',
  );

  example(
    volume
      .command('delete <volume>')
      .description('delete a volume that no node runs from')
      .action(async (name: string) => {
        const { provisioning } = await cli.services();
        await ok(provisioning.DELETE('/provisioning/v1/volumes/{volume}', onVolume(name)));
        cli.result({ deleted: name }, `Volume ${name} is deleted.`);
      }),
    'bullion volume delete data',
  );

  example(
    volume
      .command('snapshots <volume>')
      .description('the snapshots of a volume, the oldest first')
      .action(async (name: string) => {
        const { provisioning } = await cli.services();
        const path = '/provisioning/v1/volumes/{volume}/snapshots';
        const found = await ok(provisioning.GET(path, onVolume(name)));
        cli.list(found, `There are none. Take one: bullion volume snapshot ${name} NAME`, (rows) =>
          table(
            ['snapshot', 'taken', 'size'],
            rows.map((row) => [row.name, row.createdAt, bytes(row.sizeBytes)]),
          ),
        );
      }),
    'bullion volume snapshots data',
  );

  example(
    volume
      .command('restore <volume> <snapshot>')
      .description('give up what changed since a snapshot, or since the image that the volume came from')
      .action(async (name: string, to: string) => {
        const { provisioning } = await cli.services();
        const restored = await ok(
          provisioning.POST('/provisioning/v1/volumes/{volume}/restore', { ...onVolume(name), body: { to } }),
        );
        cli.result(restored, `Volume ${name} holds what ${to} does.`);
      }),
    'bullion volume restore data monday',
  );

  example(
    volume
      .command('undelete <volume>')
      .description('bring back a deleted volume')
      .action(async (name: string) => {
        const { provisioning } = await cli.services();
        const found = await ok(
          provisioning.POST('/provisioning/v1/volumes/{volume}/undelete', onVolume(name)),
        );
        cli.result(found, `Volume ${name} is back. Boot a node from it: bullion boot NODE --volume ${name}`);
      }),
    'bullion volume undelete data',
  );

  addVolumeCheck(volume, cli);
}

const onVolume = (volume: string) => ({ params: { path: { volume } } });

const describe = (volume: Volume): string =>
  fields([
    ['volume', volume.name],
    ['project', volume.project],
    ['image', volume.image],
    ['size', bytes(volume.sizeBytes)],
    ['own', `${bytes(volume.ownBytes)} beyond what it shares with its image`],
    ['node', volume.node],
    ['created', volume.createdAt],
  ]);
