/** A recipe's YAML, and that of the recipes that it extends: what they say together, and on which line each thing stands. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { BullionError } from '@bullion/service/errors';
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

export type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** One file. */
type Layer = { path: string; document: Document; lines: LineCounter };

/** Lists of mappings, whose entries keep their place. */
const LISTS_OF_MAPPINGS = ['files', 'users', 'distribution.sources'];
/** Paths on this machine, in those entries: relative to the recipe that names them. */
const PATHS = ['from', 'key'];

export class Layers {
  /** What all of them say: lists of a base come first. */
  readonly fields: Fields;
  /** The recipe that was asked for, then what it extends. */
  readonly #layers: Layer[] = [];
  readonly #places = new WeakMap<object, { layer: Layer; offset: number }>();

  /** Throws `recipe_invalid`. */
  constructor(path: string) {
    this.fields = this.#load(path, []);
  }

  #load(path: string, above: string[]): Fields {
    const lines = new LineCounter();
    const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines });
    const [broken] = document.errors;
    if (broken) {
      const [why] = broken.message.split(/ at line /);
      throw invalid({ path, line: lines.linePos(broken.pos[0]).line }, 'YAML', why!);
    }
    const fields: unknown = document.toJS();
    if (!isFields(fields)) throw invalid({ path }, 'YAML', 'it is not a mapping of fields');
    const layer = { path, document, lines };
    this.#layers.push(layer);
    this.#remember(layer, fields);
    const { extends: base, ...own } = fields;
    if (base === undefined) return own;
    const place = this.where('extends');
    if (typeof base !== 'string') throw invalid(place, 'extends', 'it must be the path of a recipe');
    const basePath = resolve(dirname(path), base);
    if (basePath === path || above.includes(basePath)) throw invalid(place, 'extends', 'it extends itself');
    if (!existsSync(basePath)) throw invalid(place, 'extends', `there is no ${basePath}`);
    return merge(this.#load(basePath, [...above, path]), own);
  }

  #remember(layer: Layer, fields: Fields): void {
    for (const field of LISTS_OF_MAPPINGS) {
      const list = layer.document.getIn(field.split('.'));
      const values = field
        .split('.')
        .reduce<unknown>((at, key) => (isFields(at) ? at[key] : undefined), fields);
      if (!isSeq(list) || !Array.isArray(values)) continue;
      values.forEach((value: unknown, index) => {
        const item = list.items[index];
        if (!isFields(value)) return;
        this.#places.set(value, { layer, offset: isNode(item) ? (item.range?.[0] ?? 0) : 0 });
        for (const key of PATHS) {
          const path = value[key];
          if (typeof path === 'string' && !isAbsolute(path)) value[key] = resolve(dirname(layer.path), path);
        }
      });
    }
  }

  /** Where a field stands, or an entry of the list that it is. A field that is nowhere has no line. */
  where(field: string, entry?: unknown): { path: string; line?: number } {
    const known = isFields(entry) ? this.#places.get(entry) : undefined;
    if (known) return { path: known.layer.path, line: known.layer.lines.linePos(known.offset).line };
    for (const { path, document, lines } of this.#layers) {
      const offset = offsetOf(document, field.split('.'), entry);
      if (offset !== undefined) return { path, line: lines.linePos(offset).line };
    }
    return { path: this.#layers[0]!.path };
  }
}

/** Of the key itself, or of one entry of its list. */
function offsetOf(document: Document, keys: string[], entry: unknown): number | undefined {
  const parent = keys.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && key.value === keys.at(-1));
  if (!pair || !isNode(pair.key)) return undefined;
  if (entry === undefined) return pair.key.range?.[0];
  if (!isSeq(pair.value)) return undefined;
  const item = pair.value.items.find((each) => isScalar(each) && each.value === entry);
  return isNode(item) ? item.range?.[0] : undefined;
}

/** A recipe's own fields replace those of its base; lists are added to. */
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

export function invalid(
  { path, line }: { path: string; line?: number },
  field: string,
  why: string,
): BullionError {
  const at = line === undefined ? field : `${field}, line ${line}`;
  return new BullionError('invalid', 'recipe_invalid', `The recipe ${path} is wrong at ${at}: ${why}.`, {
    details: { path, field, ...(line !== undefined && { line }) },
    hint: 'docs/image-recipes.md says what a recipe may hold.',
  });
}
