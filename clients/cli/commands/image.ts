/** `bullion image`: sealed disks that nodes boot clones of. */
import { all, ok, type ProvisioningType } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { finish, follow } from '../follow.ts';
import { checkImageFile, checkPartFile } from '../image-file.ts';
import { type ImageSource, type NewImage, upload } from '../image-upload.ts';
import { spinner } from '../live-block.ts';
import { bytes, fields, seconds, table } from '../output.ts';
import { addAccess } from './image-access.ts';
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

type OwnerOptions = { project?: string; public?: true };

function addBuild(image: Command, cli: Cli): void {
  example(
    image
      .command('build <image>')
      .description('build an image on this machine from a recipe, and upload it')
      .option('--recipe <name>', 'one of node-image/recipes, or the path of a YAML file', 'golden')
      .option('--project <project>', 'its owner; your own project by default')
      .option('--public', 'every project may boot it')
      .action(async (name: string, options: OwnerOptions & { recipe: string }) => {
        const project = await projectOf(cli, options.project);
        await requireNameFree(cli, name);
        const built = await build(cli, options.recipe);
        const { disk, kernel, initrd, manifest } = built;
        const source: ImageSource = {
          disk: { path: disk, sizeBytes: checkImageFile(disk) },
          boot: { kernel, initrd, cmdline: manifest.cmdline },
        };
        await bringIn(cli, { name, project, public: options.public ?? false }, source);
      }),
    'bullion image build golden --public',
    'bullion image build mine --recipe ./mine.yaml --project hospital',
  );
}

/** Minutes of building would be lost on a name that is taken. */
async function requireNameFree(cli: Cli, name: string): Promise<void> {
  const { provisioning } = await cli.services();
  const images = await all((query) => provisioning.GET('/provisioning/v1/images', { params: { query } }));
  if (!images.some((image) => image.name === name)) return;
  throw new BullionError('conflict', 'image_exists', `There is an image "${name}" already.`, {
    hint: `Choose another name, or delete that one: bullion image delete ${name}`,
  });
}

async function build(cli: Cli, recipe: string) {
  const { buildImage } = await import('@bullion/node-image');
  const block = cli.liveBlock();
  const begin = Date.now();
  let step = 'reading the recipe';
  const draw = () =>
    block?.draw([
      `${spinner()} Building the image of recipe ${recipe}: ${step}  ${seconds(Date.now() - begin)}`,
    ]);
  const timer = block && setInterval(draw, 100);
  try {
    const built = await buildImage({
      recipe,
      home: cli.home,
      signal: cli.signal,
      onStep: (text) => {
        step = text;
        if (!block) cli.note(`  ${text}`);
      },
    });
    block?.clear();
    cli.note(
      built.cached
        ? `The image of recipe ${recipe} was built before.`
        : `The image of recipe ${recipe} was built in ${seconds(Date.now() - begin)}.`,
    );
    return built;
  } finally {
    clearInterval(timer);
    block?.clear();
  }
}

type ImportOptions = OwnerOptions & RemoteOptions & { kernel?: string; initrd?: string; cmdline?: string };

function addImport(image: Command, cli: Cli): void {
  example(
    image
      .command('import <image> <source>')
      .description(
        'bring a disk in: a file (raw, qcow2, gzip, zstd), an https:// address, or oci://REGISTRY/REPOSITORY:TAG',
      )
      .option('--sha256 <hash>', 'of the file at an address, as its publisher prints it')
      .option('--content-sha256 <hash>', 'of the raw disk; where an image of yours has it nothing is fetched')
      .option('--user <user>', 'who may fetch it')
      .option('--password-file <file>', 'holds the password; - is standard input')
      .option('--kernel <file>', 'a Linux kernel, loaded from the network')
      .option('--initrd <file>', 'its initramfs, which finds the disk by iSCSI')
      .option('--cmdline <text>', "the kernel's parameters")
      .option('--project <project>', 'its owner; your own project by default')
      .option('--public', 'every project may boot it')
      .action(async (name: string, file: string, options: ImportOptions) => {
        const disk = isRemote(file)
          ? { remote: remoteSource(file, options) }
          : { path: file, sizeBytes: checkImageFile(file) };
        const source: ImageSource = { disk, boot: bootFiles(options) };
        const project = await projectOf(cli, options.project);
        await bringIn(cli, { name, project, public: options.public ?? false }, source);
      }),
    'bullion image import web ./web.raw --project hospital',
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

/** Uploads and seals. What came half way is deleted, so that the name is free for another try. */
async function bringIn(cli: Cli, image: NewImage, source: ImageSource): Promise<void> {
  const { provisioning } = await cli.services();
  const { disk } = source;
  const sizeBytes = 'remote' in disk ? null : disk.sizeBytes;
  const body = { ...image, sizeBytes, cmdline: source.boot?.cmdline ?? null };
  await ok(provisioning.POST('/provisioning/v1/images', { body }));
  try {
    await upload(cli, image.name, source);
    const begun =
      'remote' in disk
        ? provisioning.POST('/provisioning/v1/images/{image}/import', {
            ...onImage(image.name),
            body: disk.remote,
          })
        : provisioning.POST('/provisioning/v1/images/{image}/seal', onImage(image.name));
    const { operation } = await ok(begun);
    const doing = 'remote' in disk ? 'Importing' : 'Sealing';
    await follow(cli, 'provisioning', operation, `${doing} ${image.name}`);
  } catch (error) {
    // What the service fetches by itself goes on without us, and `follow` has said so.
    if ('remote' in disk && cli.signal.aborted) throw error;
    const cleanUp = await cli.services({ whatever: true });
    await ok(cleanUp.provisioning.DELETE('/provisioning/v1/images/{image}', onImage(image.name))).catch(() =>
      cli.note(`A half image is left. Delete it: bullion image delete ${image.name}`),
    );
    throw error;
  }
  const sealed = await ok(provisioning.GET('/provisioning/v1/images/{image}', onImage(image.name)));
  cli.result(
    sealed,
    `Image ${image.name} is sealed. Boot a node from it: bullion boot NODE --image ${image.name}`,
  );
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
