/** `bullion image`: sealed disks that nodes boot clones of. */
import { all, ok, type ProvisioningType } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { finish } from '../follow.ts';
import { bringIn } from '../image-bring-in.ts';
import { checkImageFile, checkPartFile } from '../image-file.ts';
import type { ImageSource } from '../image-upload.ts';
import { bytes, fields, table } from '../output.ts';
import { addAccess } from './image-access.ts';
import { addBuild, type OwnerOptions } from './image-build.ts';
import { addCheck } from './image-check.ts';
import { addRun, type RunOptions, scriptOf, withRun } from './image-run.ts';
import { addTransfers, isRemote, type RemoteOptions, remoteSource } from './image-transfer.ts';
import { projectOf } from './project.ts';

type Image = ProvisioningType['Image'];

export function addImage(program: Command, cli: Cli): void {
  const image = program
    .command('image')
    .description('disks that nodes boot clones of; sealed, they never change');
  example(image, 'bullion image build golden --public', 'bullion image import web ./web.raw');
  addBuild(image, cli);
  addImport(image, cli);
  addRun(image, cli);
  addCheck(image, cli);
  addTransfers(image, cli);
  addAccess(image, cli);

  example(
    image
      .command('list')
      .description('list images and snapshots')
      .action(async () => {
        const { provisioning } = await cli.services();
        const images = await all((query) =>
          provisioning.GET('/provisioning/v1/images', { params: { query } }),
        );
        cli.list(images, 'There are no images. Build one: bullion image build NAME', (rows) =>
          table(
            ['image', 'owner', 'kind', 'state', 'size', 'from', 'public'],
            rows.map((row) => [
              ...[row.name, owner(row), row.kind, row.state, bytes(row.sizeBytes), row.parent],
              row.public ? 'yes' : 'no',
            ]),
          ),
        );
      }),
    'bullion image list',
  );

  example(
    image
      .command('show <image>')
      .description('show an image')
      .action(async (name: string) => {
        const { provisioning } = await cli.services();
        const found = await ok(provisioning.GET('/provisioning/v1/images/{image}', onImage(name)));
        cli.result(found, describe(found));
      }),
    'bullion image show golden',
  );

  example(
    image
      .command('verify <image>')
      .description('read the whole disk and compare it with its hash')
      .option('--no-wait', 'return at once')
      .action(async (name: string, options: { wait: boolean }) => {
        const { provisioning } = await cli.services();
        const { operation } = await ok(
          provisioning.POST('/provisioning/v1/images/{image}/verify', onImage(name)),
        );
        const words = { doing: `Verifying ${name}`, done: `Image ${name} holds what was sealed.` };
        await finish(cli, operation, options, words, 'provisioning');
      }),
    'bullion image verify golden',
  );

  example(
    image
      .command('delete <image>')
      .description('delete an image or a snapshot that nothing stands on')
      .action(async (name: string) => {
        const { provisioning } = await cli.services();
        await ok(provisioning.DELETE('/provisioning/v1/images/{image}', onImage(name)));
        cli.result({ deleted: name }, `Image ${name} is deleted.`);
      }),
    'bullion image delete golden',
  );
}

type ImportOptions = OwnerOptions &
  RunOptions &
  RemoteOptions & { kernel?: string; initrd?: string; cmdline?: string };

function addImport(image: Command, cli: Cli): void {
  example(
    withRun(
      image
        .command('import <image> <source>')
        .description(
          'bring a disk in: a file (raw, qcow2, gzip, zstd), an https:// address, or oci://REGISTRY/REPOSITORY:TAG',
        )
        .option('--sha256 <hash>', 'of the file at an address, as its publisher prints it')
        .option(
          '--content-sha256 <hash>',
          'of the raw disk; where an image of yours has it nothing is fetched',
        )
        .option('--user <user>', 'who may fetch it')
        .option('--password-file <file>', 'holds the password; - is standard input')
        .option('--kernel <file>', 'a Linux kernel, loaded from the network')
        .option('--initrd <file>', 'its initramfs, which finds the disk by iSCSI')
        .option('--cmdline <text>', "the kernel's parameters")
        .option('--project <project>', 'its owner; your own project by default')
        .option('--public', 'every project may boot it'),
    ).action(async (name: string, file: string, options: ImportOptions) => {
      const disk = isRemote(file)
        ? { remote: remoteSource(file, options) }
        : { path: file, sizeBytes: checkImageFile(file) };
      const source: ImageSource = { disk, boot: bootFiles(options), run: scriptOf(options) };
      const project = await projectOf(cli, options.project);
      await bringIn(cli, { name, project, public: options.public ?? false }, source);
    }),
    'bullion image import web ./web.raw --project hospital',
    'bullion image import web ./web.raw --run ./finish.sh',
    'bullion image import debian https://images.example.org/debian-12.qcow2 --sha256 9f86...',
    'bullion image import web ./web.raw --kernel vmlinuz --initrd initrd --cmdline "console=ttyS0"',
  );
}

function bootFiles({ kernel, initrd, cmdline }: ImportOptions): ImageSource['boot'] {
  if (kernel === undefined && initrd === undefined && cmdline === undefined) return undefined;
  if (kernel === undefined || initrd === undefined) {
    throw new BullionError(
      'invalid',
      'image_boot_files_incomplete',
      'A kernel, its initramfs and its parameters belong together.',
      { hint: 'Give --kernel and --initrd (and --cmdline), or none of them.' },
    );
  }
  checkPartFile(kernel, 'kernel');
  checkPartFile(initrd, 'initramfs');
  return { kernel, initrd, cmdline: cmdline ?? '' };
}

const onImage = (image: string) => ({ params: { path: { image } } });
const owner = ({ project }: Image): string => project ?? '(operator)';

const describe = (image: Image): string =>
  fields([
    ['image', image.name],
    ['owner', owner(image)],
    ['kind', image.kind],
    ['state', image.state],
    ['public', image.public ? 'yes' : 'no'],
    ['size', bytes(image.sizeBytes)],
    ['sha256', image.sha256],
    ['from', image.parent],
    ['shared', image.sharedWith.join(', ') || undefined],
    ['created', image.createdAt],
  ]);
