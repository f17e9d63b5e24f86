/** Builds an image from its recipe, step by step; whatever was built before from the same ingredients is used again. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Apt, type PackageVersion, type Versions } from './apt.ts';
import { makeBaseSystem } from './base-system.ts';
import { makeBootPartition } from './boot-partition.ts';
import { layOut, makeDisk, SECTOR, writeAt } from './disk.ts';
import { contentKey, ImageCache } from './image-cache.ts';
import { makeInitramfs } from './initramfs.ts';
import { kernelFiles, UEFI_STUB, unpackKernel, unpackPackage } from './kernel.ts';
import { type Recipe, readRecipe } from './recipe.ts';
import { assertCanBuild, requirements } from './requirements.ts';
import { makeRootFileSystem } from './root-file-system.ts';
import { installedVersions, makeRootTree } from './root-tree.ts';
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
};

/**
 * Builds the image of a recipe, or finds it in the cache. Throws `recipe_invalid`, `image_builder_incomplete`,
 * `image_builder_needs_root`, `tool_failed`.
 */
export async function buildImage(options: BuildOptions = {}): Promise<BuiltImage> {
  const { onStep = () => {}, signal } = options;
  const recipe = readRecipe(options.recipe ?? 'golden');
  const home = options.home ?? process.env.BULLION_HOME ?? resolve(import.meta.dirname, '../.bullion');
  const cache = new ImageCache(join(home, 'cache/images'));
  return cache.exclusively(async () => {
    const apt = new Apt(
      join(home, 'cache/apt', contentKey(recipe.distribution)),
      recipe.distribution,
      signal,
    );
    await apt.refresh(onStep);
    const build = new Build(recipe, apt, cache, onStep, signal);
    return build.image();
  });
}

/** The exact packages that an image is made of. */
type Resolved = { packages: Versions; kernel: PackageVersion; stub: PackageVersion };

class Build {
  readonly #recipe: Recipe;
  readonly #apt: Apt;
  readonly #cache: ImageCache;
  readonly #onStep: (text: string) => void;
  readonly #signal: AbortSignal | undefined;

  constructor(
    recipe: Recipe,
    apt: Apt,
    cache: ImageCache,
    onStep: (text: string) => void,
    signal: AbortSignal | undefined,
  ) {
    this.#recipe = recipe;
    this.#apt = apt;
    this.#cache = cache;
    this.#onStep = onStep;
    this.#signal = signal;
  }

  async image(): Promise<BuiltImage> {
    const recipe = this.#recipe;
    const [packages, kernel, stub, sources, tools] = await Promise.all([
      this.#apt.resolve(recipe.packages),
      this.#apt.resolveKernel(recipe.kernel.package),
      this.#apt.resolveOne(UEFI_STUB.package),
      digestOfFolders([import.meta.dirname, ...recipe.files.map(({ from }) => from)]),
      toolVersions(this.#signal),
    ]);
    const key = contentKey({
      recipe: { ...recipe, files: recipe.files.map(({ to }) => to) },
      packages,
      kernel,
      stub,
      sources,
      tools,
    });
    const { folder, cached } = await this.#cache.entry(recipe.name, key, (target) =>
      this.#make(target, { packages, kernel, stub }),
    );
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as ImageManifest;
    return { ...imageFiles(folder), folder, manifest, cached };
  }

  async #make(folder: string, resolved: Resolved): Promise<void> {
    assertCanBuild();
    const recipe = this.#recipe;
    const signal = this.#signal;
    const base = await this.#baseSystem(resolved.packages);
    const kernel = await this.#kernel(resolved.kernel);
    const stub = await this.#stub(resolved.stub);
    const work = join(folder, 'work');
    const tree = join(work, 'tree');
    await mkdir(tree, { recursive: true });
    const files = imageFiles(folder);

    this.#onStep('laying out the root');
    await makeRootTree(recipe, base, kernel, tree, signal);
    await copyFile(kernel.vmlinuz, files.kernel);
    this.#onStep('packing the initramfs');
    await makeInitramfs({ recipe, tree, kernel, work, target: files.initrd, signal });

    this.#onStep('making the disk');
    const cmdline = `bullion.root=${recipe.disk.rootUuid} ${recipe.kernel.cmdline}`.trim();
    const { boot, root } = layOut(recipe.disk);
    const { epoch } = recipe;
    await makeDisk(recipe, files.disk, signal);
    const bootPartition = join(work, 'boot.fat');
    await makeBootPartition({
      stub,
      kernel: files.kernel,
      initrd: files.initrd,
      cmdline,
      release: kernel.release,
      epoch,
      sizeBytes: boot.size,
      firstSector: boot.offset / SECTOR,
      work,
      target: bootPartition,
      signal,
    });
    await writeAt(files.disk, boot.offset, bootPartition);
    await makeRootFileSystem({
      tree,
      uuid: recipe.disk.rootUuid,
      epoch,
      disk: files.disk,
      partition: root,
      signal,
    });

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
      packages: { ...(await installedVersions(tree)), [resolved.kernel.name]: resolved.kernel.version },
    };
    await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await rm(work, { recursive: true });
  }

  async #baseSystem(packages: Versions): Promise<string> {
    const { distribution, epoch } = this.#recipe;
    const key = contentKey({ distribution, epoch, packages, source: await sha256(source('base-system.ts')) });
    const { folder } = await this.#cache.entry('base', key, async (target) => {
      this.#onStep(`installing ${Object.keys(packages).length} Debian packages`);
      await makeBaseSystem(this.#recipe, this.#apt, join(target, 'base.tar'), this.#signal);
    });
    return join(folder, 'base.tar');
  }

  async #kernel(kernel: PackageVersion) {
    const key = contentKey({ kernel, source: await sha256(source('kernel.ts')) });
    const { folder } = await this.#cache.entry('kernel', key, (target) => {
      this.#onStep(`fetching ${kernel.name}`);
      return unpackKernel(this.#apt, kernel, target, this.#signal);
    });
    return kernelFiles(folder);
  }

  async #stub(stub: PackageVersion): Promise<string> {
    const { folder } = await this.#cache.entry('stub', contentKey(stub), (target) =>
      unpackPackage(this.#apt, stub, target, this.#signal),
    );
    return join(folder, UEFI_STUB.path);
  }
}

const imageFiles = (folder: string) => ({
  disk: join(folder, 'disk.raw'),
  kernel: join(folder, 'vmlinuz'),
  initrd: join(folder, 'initrd'),
});

const source = (name: string) => join(import.meta.dirname, name);

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}

/** Everything in some folders or files that can change what is built: names, what is executable, contents. */
async function digestOfFolders(roots: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const visit = async (root: string, path: string) => {
    const info = await stat(path);
    if (info.isDirectory()) {
      for (const name of (await readdir(path)).sort()) if (matters(name)) await visit(root, join(path, name));
    } else {
      hash.update(`${relative(root, path)} ${info.mode & 0o100} ${info.size}\n`);
      hash.update(await readFile(path));
    }
  };
  for (const root of roots) await visit(root, root);
  return hash.digest('hex');
}

/** Tests, documentation and other recipes make no difference to an image. */
const matters = (name: string) =>
  !/^(recipes|testing|node_modules)$|\.test\.ts$|\.md$|^package\.json$|\.slow\.ts$/.test(name);

/** The versions of the tools whose output goes into an image; empty where dpkg does not know them. */
async function toolVersions(signal?: AbortSignal): Promise<string> {
  const names = requirements.map((each) => each.package);
  return tool('dpkg-query', ['-W', ...names], { signal }).catch(() => '');
}
