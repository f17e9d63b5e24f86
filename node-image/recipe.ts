/** The recipe of an image: a YAML file that says what is in it. Reading one checks everything that can be wrong. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { BullionError, notFound } from '@bullion/service/errors';
import { parse } from 'yaml';

export type Recipe = {
  name: string;
  /** Seconds since 1970 to which the times of all files are clamped. */
  epoch: number;
  distribution: { family: 'debian'; suite: string; components: string[] };
  packages: string[];
  kernel: { package: string; cmdline: string };
  /** `programs` are paths in the image, without the leading slash, that the initramfs needs besides its own. */
  initramfs: { compression: 'zstd' | 'lz4' | 'none'; modules: string[]; programs: string[] };
  disk: { sizeBytes: number; bootBytes: number; rootUuid: string };
  /** Absolute source on this machine, absolute destination in the image. */
  files: { from: string; to: string }[];
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
  return check(loadLayers(path, []), path);
}

type Fields = Record<string, unknown>;

/** A recipe may extend another: its own fields replace the base's, `packages` and the like are added to. */
function loadLayers(path: string, below: string[]): Fields {
  if (below.includes(path)) throw invalid(path, 'extends', 'it extends itself');
  let fields: unknown;
  try {
    fields = parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw invalid(path, 'YAML', cause instanceof Error ? cause.message : String(cause));
  }
  if (!isFields(fields)) throw invalid(path, 'YAML', 'it is not a mapping of fields');
  for (const file of (Array.isArray(fields.files) ? fields.files : []) as Fields[]) {
    if (isFields(file) && typeof file.from === 'string' && !isAbsolute(file.from)) {
      file.from = resolve(dirname(path), file.from);
    }
  }
  const { extends: base, ...own } = fields;
  if (base === undefined) return own;
  if (typeof base !== 'string') throw invalid(path, 'extends', 'it must be the path of a recipe');
  return merge(loadLayers(resolve(dirname(path), base), [...below, path]), own);
}

function merge(base: Fields, own: Fields): Fields {
  const merged: Fields = { ...base };
  for (const [key, value] of Object.entries(own)) {
    const inherited = base[key];
    if (Array.isArray(inherited) && Array.isArray(value))
      merged[key] = [...new Set([...inherited, ...value])];
    else if (isFields(inherited) && isFields(value)) merged[key] = merge(inherited, value);
    else merged[key] = value;
  }
  return merged;
}

function check(fields: Fields, path: string): Recipe {
  const at = new FieldReader(fields, path);
  const family = at.text('distribution.family', /^debian$/, 'the only family that is built so far is debian');
  const date = Date.parse(
    at.text('date', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'write it as 2025-01-01T00:00:00Z'),
  );
  const sizeBytes = at.size('disk.size');
  const bootBytes = at.size('disk.bootSize');
  if (sizeBytes < bootBytes + 256 * 2 ** 20) {
    throw invalid(path, 'disk.size', 'it must exceed disk.bootSize by 256MiB at least');
  }
  const recipe: Recipe = {
    name: at.text('name', /^[a-z][a-z0-9-]{0,62}$/, 'use lower-case letters, digits and hyphens'),
    epoch: date / 1000,
    distribution: {
      family: family as 'debian',
      suite: at.text('distribution.suite', /^[a-z]+$/, 'name a Debian suite'),
      components: at.list('distribution.components', /^[a-z-]+$/),
    },
    packages: at.list('packages', /^[a-z0-9][a-z0-9.+-]+$/),
    kernel: {
      package: at.text('kernel.package', /^linux-image-[a-z0-9.+-]+$/, 'name a linux-image package'),
      cmdline: at.text('kernel.cmdline', /^[\x20-\x7e]*$/, 'use printable ASCII on one line'),
    },
    initramfs: {
      compression: at.text('initramfs.compression', /^(zstd|lz4|none)$/, 'use zstd, lz4 or none') as 'zstd',
      modules: at.list('initramfs.modules', /^[a-zA-Z0-9_/-]+$/),
      programs: at.list('initramfs.programs', /^usr\/s?bin\/[\w.-]+$/, []),
    },
    disk: {
      sizeBytes,
      bootBytes,
      rootUuid: at.text(
        'disk.rootUuid',
        /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
        'write a lower-case UUID',
      ),
    },
    files: at.files(),
    remove: at.list('remove', /^\/[^\0]*[^/]$/, []),
    units: {
      enable: at.list('units.enable', /^[\w@:.-]+\.[a-z]+$/, []),
      mask: at.list('units.mask', /^[\w@:.-]+\.[a-z]+$/, []),
      maskGenerators: at.list('units.maskGenerators', /^[\w.-]+$/, []),
    },
  };
  at.rejectUnknown();
  return recipe;
}

/** Reads fields by their dotted path and remembers which, so that a misspelt one is not silently ignored. */
class FieldReader {
  readonly #fields: Fields;
  readonly #path: string;
  readonly #read = new Set<string>();

  constructor(fields: Fields, path: string) {
    this.#fields = fields;
    this.#path = path;
  }

  #value(field: string): unknown {
    this.#read.add(field);
    let value: unknown = this.#fields;
    for (const key of field.split('.')) value = isFields(value) ? value[key] : undefined;
    return value;
  }

  text(field: string, pattern: RegExp, advice: string): string {
    const value = this.#value(field);
    const text = value instanceof Date ? value.toISOString().replace('.000', '') : value;
    if (typeof text !== 'string' || !pattern.test(text)) throw invalid(this.#path, field, advice);
    return text;
  }

  size(field: string): number {
    const [, count, unit] = /^(\d+)(MiB|GiB)$/.exec(
      this.text(field, /^\d+(MiB|GiB)$/, 'write it as 1GiB or 64MiB'),
    )!;
    return Number(count) * (unit === 'GiB' ? 2 ** 30 : 2 ** 20);
  }

  list(field: string, pattern: RegExp, absent?: string[]): string[] {
    const value = this.#value(field) ?? absent;
    if (!Array.isArray(value)) throw invalid(this.#path, field, 'it must be a list');
    for (const entry of value) {
      if (typeof entry !== 'string' || !pattern.test(entry)) {
        throw invalid(this.#path, field, `${JSON.stringify(entry)} cannot stand there`);
      }
    }
    return value as string[];
  }

  files(): Recipe['files'] {
    const value = this.#value('files') ?? [];
    if (!Array.isArray(value)) throw invalid(this.#path, 'files', 'it must be a list of {from, to}');
    return value.map((entry) => {
      const { from, to } = isFields(entry) ? entry : {};
      if (typeof from !== 'string' || typeof to !== 'string' || !to.startsWith('/')) {
        throw invalid(
          this.#path,
          'files',
          'each entry has from (a path here) and to (an absolute path there)',
        );
      }
      if (!existsSync(from)) throw invalid(this.#path, 'files', `there is no ${from}`);
      return { from, to };
    });
  }

  rejectUnknown(): void {
    const walk = (fields: Fields, prefix: string) => {
      for (const [key, value] of Object.entries(fields)) {
        const field = prefix + key;
        if (this.#read.has(field)) continue;
        const inside = [...this.#read].some((read) => read.startsWith(`${field}.`));
        if (!inside || !isFields(value)) throw invalid(this.#path, field, 'there is no such field');
        walk(value, `${field}.`);
      }
    };
    walk(this.#fields, '');
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const invalid = (path: string, field: string, why: string) =>
  new BullionError('invalid', 'recipe_invalid', `The recipe ${path} is wrong at ${field}: ${why}.`, {
    details: { path, field },
  });
