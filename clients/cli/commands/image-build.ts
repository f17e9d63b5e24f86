/** `bullion image build`: an image out of a recipe, on this machine. */
import { all } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { bringIn } from '../image-bring-in.ts';
import { checkImageFile } from '../image-file.ts';
import { spinner } from '../live-block.ts';
import { seconds } from '../output.ts';
import { type RunOptions, scriptOf, withRun } from './image-run.ts';
import { projectOf } from './project.ts';

export type OwnerOptions = { project?: string; public?: true };

type BuildOptions = OwnerOptions & RunOptions & { recipe?: string; name?: string };

export function addBuild(image: Command, cli: Cli): void {
  example(
    withRun(
      image
        .command('build <image>')
        .description('build an image on this machine from a recipe (RECIPE.yaml), and upload it')
        .option('--recipe <name>', 'one of node-image/recipes, or the path of a YAML file', 'golden')
        .option('--name <image>', "what a RECIPE.yaml's image is called; as the recipe by default")
        .option('--project <project>', 'its owner; your own project by default')
        .option('--public', 'every project may boot it'),
    ).action(async (subject: string, options: BuildOptions) => {
      const project = await projectOf(cli, options.project);
      const { name, recipe } = await whatToBuild(subject, options);
      const run = scriptOf(options);
      await requireNameFree(cli, name);
      const { disk, kernel, initrd, manifest } = await build(cli, recipe);
      await bringIn(
        cli,
        { name, project, public: options.public ?? false },
        {
          disk: { path: disk, sizeBytes: checkImageFile(disk) },
          boot: { kernel, initrd, cmdline: manifest.cmdline },
          run,
        },
      );
    }),
    'bullion image build golden --public',
    'bullion image build ./mine.yaml --name mine --project hospital',
    'bullion image build mine --recipe ./mine.yaml',
  );
}

/** An image by its name, with a recipe beside it; or a recipe by its file, with a name in it. */
async function whatToBuild(
  subject: string,
  { recipe = 'golden', name }: BuildOptions,
): Promise<{ name: string; recipe: string }> {
  if (!/\.ya?ml$/.test(subject)) return { name: name ?? subject, recipe };
  const { readRecipe } = await import('@bullion/node-image');
  return { name: name ?? readRecipe(subject).name, recipe: subject };
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
