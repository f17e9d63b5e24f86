/** Builds an image from its recipe, step by step; whatever was built before from the same ingredients is used again. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeBootPartition } from './boot-partition.ts';
import { layOut, makeDisk, SECTOR, writeAt } from './disk.ts';
import type { Family, PackageSource, PackageVersion, Versions } from './families/family.ts';
import { families } from './families/index.ts';
import { contentKey, ImageCache } from './image-cache.ts';
import { compressInitramfs, makeInitramfs } from './initramfs.ts';
import { type KernelFiles, kernelFiles, unpackKernel } from './kernel.ts';
import { type Recipe, readRecipe } from './recipe.ts';
import { assertCanBuild, requirementsOf } from './requirements.ts';
import { makeRootFileSystem } from './root-file-system.ts';
import { makeRootTree } from './root-tree.ts';
import { codeDigests, digestOf, type Ingredients, type Step, type StepKeys, stepKeys } from './steps.ts';
import { tool } from './tool.ts';

export type BuildOptions = {
  /** The name of one of recipes/, or the path of a YAML file. `golden` by default. */
  recipe?: string;
  /** Where caches are kept: `$BULLION_HOME`, or `.bullion` in the repository, by default. */
  home?: string;
  /** Called with what is being done, for people. */
  onStep?: (text: string) => void;
  signal?: AbortSignal;
};

export type ImageManifest = {
  name: string;
  /** Of the disk; a multiple of 4096. */
  sizeBytes: number;
  sha256: { disk: string; kernel: string; initrd: string };
  /** What the kernel must be told, besides what belongs to one boot. */
  cmdline: string;
  rootUuid: string;
  kernelRelease: string;
  packages: Versions;
};

export type BuiltImage = {
  folder: string;
  /** A sparse raw disk, to be served with 512-byte logical blocks. */
  disk: string;
  kernel: string;
  initrd: string;
  manifest: ImageManifest;
  /** True if nothing had to be built. */
  cached: boolean;
  /** The steps that had to be done; the others were found. */
  built: Step[];
};

/**
 * Builds the image of a recipe, or finds it in the cache. Throws `recipe_invalid`, `package_not_found`,
 * `archive_keyring_missing`, `repositories_not_named`, `image_builder_incomplete`, `image_builder_needs_root`,
 * `tool_failed`.
 */
export async function buildImage(options: BuildOptions = {}): Promise<BuiltImage> {
  const { onStep = () => {}, signal } = options;
  const recipe = readRecipe(options.recipe ?? 'golden');
  const home = options.home ?? process.env.BULLION_HOME ?? resolve(import.meta.dirname, '../.bullion');
  const cache = new ImageCache(join(home, 'cache/images'));
  return cache.exclusively(async () => {
    const family = families[recipe.distribution.family];
    const folder = join(home, 'cache/apt', contentKey(recipe.distribution));
    const source = family.open(folder, recipe, signal);
    await source.refresh(onStep);
    const ingredients = await gather(recipe, source, signal);
    return new Build({ recipe, family, source, cache, onStep, signal }, ingredients).image();
  });
}

async function gather(recipe: Recipe, source: PackageSource, signal?: AbortSignal): Promise<Ingredients> {
  const [base, packages, kernel, stub, files, code, tools] = await Promise.all([
    source.resolve([]),
    source.resolve(recipe.packages),
    source.resolveKernel(recipe.kernel.package),
    source.resolveStub(),
    digestOf(recipe.files.flatMap(({ from }) => from ?? [])),
    codeDigests(),
    toolVersions(recipe, signal),
  ]);
  return { recipe, base, packages, kernel, stub, files, code, tools };
}

type Means = {
  recipe: Recipe;
  family: Family;
  source: PackageSource;
  cache: ImageCache;
  onStep: (text: string) => void;
  signal: AbortSignal | undefined;
};

class Build {
  readonly #means: Means;
  readonly #found: Ingredients;
  readonly #keys: StepKeys;
  readonly #built: Step[] = [];

  constructor(means: Means, found: Ingredients) {
    this.#means = means;
    this.#found = found;
    this.#keys = stepKeys(found);
  }

  async image(): Promise<BuiltImage> {
    const { cache, recipe } = this.#means;
    const { folder, cached } = await cache.entry(recipe.name, this.#keys.disk, (target) =>
      this.#image(target),
    );
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as ImageManifest;
    return { ...imageFiles(folder), folder, manifest, cached, built: this.#built };
  }

  async #image(folder: string): Promise<void> {
    const { recipe, family, onStep } = this.#means;
    assertCanBuild(requirementsOf(recipe.distribution.family));
    const kernel = await this.#kernel();
    const stub = await this.#stub();
    const tree = await this.#tree(kernel);
    this.#built.push('disk');
    const work = join(folder, 'work');
    await mkdir(work);
    const files = imageFiles(folder);
    await copyFile(kernel.vmlinuz, files.kernel);
    await copyFile(await this.#initramfs(tree, kernel, work), files.initrd);
    onStep('making the disk');
    const cmdline = `bullion.root=${recipe.disk.rootUuid} ${recipe.kernel.cmdline}`.trim();
    await this.#disk({ files, tree, stub, cmdline, release: kernel.release, work });
    const manifest: ImageManifest = {
      name: recipe.name,
      sizeBytes: recipe.disk.sizeBytes,
      sha256: {
        disk: await sha256(files.disk),
        kernel: await sha256(files.kernel),
        initrd: await sha256(files.initrd),
      },
      cmdline,
      rootUuid: recipe.disk.rootUuid,
      kernelRelease: kernel.release,
      packages: { ...(await family.installed(tree)), ...namesAndVersions(this.#found.kernel) },
    };
    await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await rm(work, { recursive: true });
  }

  /** By what is in it: most changes of a recipe leave it as it is, and to compress it takes longest of all. */
  async #initramfs(tree: string, kernel: KernelFiles, work: string): Promise<string> {
    const { cache, recipe, onStep, signal } = this.#means;
    const { compression } = recipe.initramfs;
    const archive = join(work, 'initramfs.cpio');
    await makeInitramfs({ recipe, tree, kernel, work, signal }, archive);
    const key = contentKey({ archive: await sha256(archive), compression, tools: this.#found.tools });
    const { folder } = await cache.entry('initramfs', key, (target) => {
      onStep('packing the initramfs');
      return compressInitramfs(archive, compression, join(target, 'initrd'), signal);
    });
    await rm(archive);
    return join(folder, 'initrd');
  }

  async #disk(parts: {
    files: ReturnType<typeof imageFiles>;
    tree: string;
    stub: string;
    cmdline: string;
    release: string;
    work: string;
  }): Promise<void> {
    const { recipe, signal } = this.#means;
    const { files, tree, stub, cmdline, release, work } = parts;
    const { epoch } = recipe;
    const { boot, root } = layOut(recipe.disk);
    await makeDisk(recipe, files.disk, signal);
    const target = join(work, 'boot.fat');
    await makeBootPartition({
      ...{ stub, kernel: files.kernel, initrd: files.initrd, cmdline, release, epoch },
      ...{ sizeBytes: boot.size, firstSector: boot.offset / SECTOR, work, target, signal },
    });
    await writeAt(files.disk, boot.offset, target);
    const { rootUuid: uuid } = recipe.disk;
    await makeRootFileSystem({ tree, uuid, epoch, disk: files.disk, partition: root, signal });
  }

  async #tree(kernel: KernelFiles): Promise<string> {
    const { cache, recipe, onStep, signal } = this.#means;
    const { folder } = await cache.entry('tree', this.#keys.tree, async (target) => {
      const packages = await this.#packages();
      this.#built.push('tree');
      onStep('laying out the root');
      // It has programs that make root of whoever starts them: none of this machine's users shall.
      await chmod(target, 0o700);
      const tree = join(target, 'tree');
      await tool('mkdir', [tree]);
      await makeRootTree(recipe, packages, kernel, tree, signal);
    });
    return join(folder, 'tree');
  }

  async #packages(): Promise<string> {
    const { cache, recipe, source, onStep } = this.#means;
    const { folder } = await cache.entry('packages', this.#keys.packages, async (target) => {
      const base = await this.#base();
      this.#built.push('packages');
      const { base: first, packages } = this.#found;
      onStep(`installing ${Object.keys(packages).length - Object.keys(first).length} packages`);
      await source.install(base, recipe.packages, join(target, 'system.tar'));
    });
    return join(folder, 'system.tar');
  }

  async #base(): Promise<string> {
    const { cache, source, onStep, recipe } = this.#means;
    const { folder } = await cache.entry('base', this.#keys.base, (target) => {
      this.#built.push('base');
      const { family, suite } = recipe.distribution;
      onStep(`making a base system of ${family} ${suite}`);
      return source.makeBase(join(target, 'base.tar'));
    });
    return join(folder, 'base.tar');
  }

  async #kernel(): Promise<KernelFiles> {
    const { cache, source, onStep, signal } = this.#means;
    const { kernel } = this.#found;
    const { folder } = await cache.entry('kernel', this.#keys.kernel, (target) => {
      onStep(`fetching ${kernel[0]?.name}`);
      return unpackKernel(source, kernel, target, signal);
    });
    return kernelFiles(folder);
  }

  async #stub(): Promise<string> {
    const { cache, source, family } = this.#means;
    const { folder } = await cache.entry('stub', this.#keys.stub, (target) =>
      source.unpack([this.#found.stub], target),
    );
    return join(folder, family.stubPath);
  }
}

const imageFiles = (folder: string) => ({
  disk: join(folder, 'disk.raw'),
  kernel: join(folder, 'vmlinuz'),
  initrd: join(folder, 'initrd'),
});

const namesAndVersions = (packages: readonly PackageVersion[]): Versions =>
  Object.fromEntries(packages.map(({ name, version }) => [name, version]));

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}

/** Empty where dpkg does not know them. */
async function toolVersions({ distribution }: Recipe, signal?: AbortSignal): Promise<string> {
  const names = requirementsOf(distribution.family).map((each) => each.package);
  return tool('dpkg-query', ['-W', ...names], { signal }).catch(() => '');
}
