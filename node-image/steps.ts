/**
 * The steps of a build, and the keys under which what they make is kept: each key is made of all that can change its
 * step, the key of the step before included. A file of the recipe changes the tree, not the packages below it.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { PackageVersion, Versions } from './families/family.ts';
import { contentKey } from './image-cache.ts';
import type { Recipe } from './recipe.ts';

/** In the order in which they stand on each other: an empty system; packages; files, users and units; the disk. */
export const STEPS = ['base', 'packages', 'tree', 'disk'] as const;
export type Step = (typeof STEPS)[number];

export type Ingredients = {
  recipe: Recipe;
  /** What an empty system brings, and what it is with the recipe's packages. */
  base: Versions;
  packages: Versions;
  kernel: readonly PackageVersion[];
  stub: PackageVersion;
  /** Digest of the content of the recipe's files, in their order. */
  files: string;
  /** Digest of the builder's own sources, by the step that they belong to. */
  code: Record<'packages' | 'tree' | 'disk', string>;
  /** Versions of the tools whose output goes into an image. */
  tools: string;
};

export type StepKeys = Record<Step | 'kernel' | 'stub', string>;

export function stepKeys({ recipe, code, tools, ...found }: Ingredients): StepKeys {
  const { distribution, epoch, units, remove, users } = recipe;
  const kernel = contentKey({ kernel: found.kernel, code: code.packages, tools });
  const stub = contentKey({ stub: found.stub, code: code.packages });
  const base = contentKey({ distribution, epoch, versions: found.base, code: code.packages, tools });
  const packages = contentKey({ base, wanted: recipe.packages, versions: found.packages });
  // Where a file lies on this machine makes no difference; what is in it does.
  const files = recipe.files.map(({ from: _, ...file }) => file);
  const tree = contentKey({
    ...{ packages, kernel, files, content: found.files, users, units, remove },
    ...{ code: code.tree, tools },
  });
  const { name, disk, initramfs } = recipe;
  const options = recipe.kernel.cmdline;
  return {
    ...{ base, packages, kernel, stub, tree },
    disk: contentKey({ tree, stub, name, disk, initramfs, options, code: code.disk, tools }),
  };
}

/** Of this folder's sources, those that a step is made by. */
const CODE = {
  packages: ['families', 'kernel.ts', 'tool.ts'],
  tree: ['root-tree.ts', 'accounts.ts'],
  disk: [
    ...['build.ts', 'disk.ts', 'boot-partition.ts', 'root-file-system.ts'],
    ...['initramfs', 'initramfs.ts', 'cpio.ts', 'kernel-modules.ts', 'shared-libraries.ts'],
  ],
};

export async function codeDigests(): Promise<Ingredients['code']> {
  const of = (step: keyof typeof CODE) => digestOf(CODE[step].map((name) => join(import.meta.dirname, name)));
  const [packages, tree, disk] = await Promise.all([of('packages'), of('tree'), of('disk')]);
  return { packages, tree, disk };
}

/** Everything in some folders or files that can change what is built: names, what is executable, contents. */
export async function digestOf(roots: readonly string[]): Promise<string> {
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

const matters = (name: string) => !/\.test\.ts$/.test(name);
