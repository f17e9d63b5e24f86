/** The recipe of an image: a YAML file that says what is in it. Reading one checks everything that can be wrong. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { notFound } from '@bullion/service/errors';
import { FieldReader, pathEntry, textEntry, textsEntry, yesNoEntry } from './recipe-fields.ts';
import { Layers } from './recipe-layers.ts';

/** Families of distributions; each has a builder in `families/`. */
export const FAMILIES = ['debian', 'ubuntu', 'rpm'] as const;

export type PackageRepository = {
  uri: string;
  /** deb: suites that it is asked for, the recipe's own where there is none. */
  suites: string[];
  /** The public key that it is verified with: a file on this machine. */
  key: string;
};

export type Distribution = {
  family: (typeof FAMILIES)[number];
  /** Debian and Ubuntu: the code name. rpm: the release, as its repositories call it. */
  suite: string;
  components: string[];
  /** In place of this machine's own repositories, or the distribution's. */
  sources: PackageRepository[];
};

export type RecipeFile = {
  /** A file or folder on this machine; undefined where `text` is its content. */
  from: string | undefined;
  text: string | undefined;
  /** Absolute, in the image. */
  to: string;
  /** Octal; of a folder, what is in it too, so that it is for files. By default 0644, or 0755 of what is executable. */
  mode: string | undefined;
  /** USER:GROUP, as the image knows them. root:root by default. */
  owner: string | undefined;
};

export type RecipeUser = {
  name: string;
  sshKeys: string[];
  groups: string[];
  /** May become root without a password. */
  sudo: boolean;
  shell: string;
};

export type Recipe = {
  name: string;
  /** Seconds since 1970 to which the times of all files are clamped. */
  epoch: number;
  distribution: Distribution;
  packages: string[];
  kernel: { package: string; cmdline: string };
  /** `programs` are paths in the image, without the leading slash, that the initramfs needs besides its own. */
  initramfs: { compression: 'zstd' | 'lz4' | 'none'; modules: string[]; programs: string[] };
  disk: { sizeBytes: number; bootBytes: number; rootUuid: string };
  /** A later one takes the place of an earlier one. */
  files: RecipeFile[];
  users: RecipeUser[];
  /** Absolute paths in the image. */
  remove: string[];
  /** `maskGenerators` are programs in systemd's system-generators folders. */
  units: { enable: string[]; mask: string[]; maskGenerators: string[] };
};

/** The recipes that come with Bullion. */
const RECIPES = join(import.meta.dirname, 'recipes');

/** Reads a recipe by its name (one of `recipes/`) or by the path of a file. Throws `recipe_invalid`. */
export function readRecipe(nameOrPath: string): Recipe {
  const path = /[/.]/.test(nameOrPath) ? resolve(nameOrPath) : join(RECIPES, `${nameOrPath}.yaml`);
  if (!existsSync(path)) throw notFound('recipe', nameOrPath, 'Name one of node-image/recipes/, or a path.');
  const at = new FieldReader(new Layers(path));
  const recipe: Recipe = {
    name: at.text('name', /^[a-z][a-z0-9-]{0,62}$/, 'use lower-case letters, digits and hyphens'),
    epoch: readDate(at),
    distribution: readDistribution(at),
    packages: at.list('packages', /^[a-zA-Z0-9][a-zA-Z0-9.+_-]+$/),
    kernel: readKernel(at),
    initramfs: {
      compression: at.text('initramfs.compression', /^(zstd|lz4|none)$/, 'use zstd, lz4 or none') as 'zstd',
      modules: at.list('initramfs.modules', /^[a-zA-Z0-9_/-]+$/),
      programs: at.list('initramfs.programs', /^usr\/s?bin\/[\w.-]+$/, []),
    },
    disk: readDisk(at),
    files: readFiles(at),
    users: [],
    remove: at.list('remove', /^\/[^\0]*[^/]$/, []),
    units: {
      enable: at.list('units.enable', /^[\w@:.-]+\.[a-z]+$/, []),
      mask: at.list('units.mask', /^[\w@:.-]+\.[a-z]+$/, []),
      maskGenerators: at.list('units.maskGenerators', /^[\w.-]+$/, []),
    },
  };
  recipe.users = readUsers(at, recipe.packages);
  at.rejectUnknown();
  return recipe;
}

function readDate(at: FieldReader): number {
  const date = at.text('date', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'write it as 2025-01-01T00:00:00Z');
  return Date.parse(date) / 1000;
}

function readDistribution(at: FieldReader): Distribution {
  const family = at.text(
    'distribution.family',
    new RegExp(`^(${FAMILIES.join('|')})$`),
    `there are builders for ${FAMILIES.join(', ')}`,
  ) as Distribution['family'];
  return {
    family,
    suite: at.text('distribution.suite', /^[a-z0-9.]+$/, 'name a release, such as bookworm'),
    // Repositories of RPMs have none.
    components: at.list('distribution.components', /^[a-z-]+$/, family === 'rpm' ? [] : undefined),
    sources: at.entries<PackageRepository>('distribution.sources', {
      uri: textEntry(/^(https?|file):\/\/[^\s"]+$/, 'it must be an http, https or file address'),
      suites: textsEntry(/^[a-z0-9./-]+$/, 'it must be a list of names'),
      key: (value, fail) => pathEntry(value, fail) ?? fail('name the file of its public key'),
    }),
  };
}

function readKernel(at: FieldReader): Recipe['kernel'] {
  const oneLine = /^[\x20-\x7e]*$/;
  const cmdline = at.text('kernel.cmdline', oneLine, 'use printable ASCII on one line', '');
  // A list, so that a recipe adds to what its base says.
  const options = at.list('kernel.options', /^[\x21-\x7e]+$/, []);
  return {
    package: at.text(
      'kernel.package',
      /^(linux-image-|kernel)[a-z0-9.+-]*$/,
      'name a linux-image package, or a kernel RPM',
    ),
    cmdline: [cmdline, ...options].join(' ').trim(),
  };
}

function readDisk(at: FieldReader): Recipe['disk'] {
  const sizeBytes = at.size('disk.size');
  const bootBytes = at.size('disk.bootSize');
  if (sizeBytes < bootBytes + 256 * 2 ** 20) {
    throw at.wrong('disk.size', 'it must exceed disk.bootSize by 256MiB at least');
  }
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  return { sizeBytes, bootBytes, rootUuid: at.text('disk.rootUuid', uuid, 'write a lower-case UUID') };
}

function readFiles(at: FieldReader): RecipeFile[] {
  const files = at.entries<RecipeFile>('files', {
    from: pathEntry,
    text: (value, fail) =>
      value === undefined || typeof value === 'string' ? value : fail('it must be text'),
    to: textEntry(/^\/(?!.*(^|\/)\.\.(\/|$))[^\0]*$/, 'it must be an absolute path in the image'),
    mode: textEntry(/^[0-7]{3,4}$/, 'write it in quotes, in octal: "0640"', true),
    owner: textEntry(/^[a-z_0-9][a-z0-9_.-]*:[a-z_0-9][a-z0-9_.-]*$/, 'write it as USER:GROUP', true),
  });
  for (const file of files) {
    if ((file.from === undefined) === (file.text === undefined)) {
      throw at.wrong('files', `${file.to} needs one of from (a path here) and text`, file);
    }
  }
  return files;
}

function readUsers(at: FieldReader, packages: string[]): RecipeUser[] {
  const name = /^[a-z_][a-z0-9_-]{0,31}$/;
  const users = at.entries<RecipeUser>('users', {
    name: textEntry(name, 'use lower-case letters, digits, hyphens and underscores'),
    sshKeys: textsEntry(
      /^(ssh|ecdsa|sk)-[\w@.-]+ [A-Za-z0-9+/=]+( [^\n]*)?$/,
      'list public keys, as in id.pub',
    ),
    groups: textsEntry(name, 'list names of groups'),
    sudo: yesNoEntry,
    shell: (value = '/bin/bash', fail) =>
      typeof value === 'string' && /^\/[\w/.-]+$/.test(value) ? value : fail('name a program of the image'),
  });
  for (const user of users) {
    if (user.sudo && !packages.includes('sudo'))
      throw at.wrong('users', `sudo for ${user.name} needs the package sudo: add it to packages`, user);
  }
  return users;
}
