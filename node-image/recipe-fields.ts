/** Reads fields of a recipe by their dotted path, and remembers which: a misspelt one is not silently ignored. */
import { existsSync } from 'node:fs';
import type { BullionError } from '@bullion/service/errors';
import { type Fields, invalid, isFields, type Layers } from './recipe-layers.ts';

/** One field of an entry of a list. */
type Entry<Value> = (value: unknown, fail: (why: string) => never) => Value;

export class FieldReader {
  readonly #layers: Layers;
  readonly #read = new Set<string>();
  /** What was made of an entry, to the entry. */
  readonly #entries = new WeakMap<object, unknown>();

  constructor(layers: Layers) {
    this.#layers = layers;
  }

  #value(field: string): unknown {
    this.#read.add(field);
    let value: unknown = this.#layers.fields;
    for (const key of field.split('.')) value = isFields(value) ? value[key] : undefined;
    return value;
  }

  /** The error of a field, or of one entry of its list. */
  wrong(field: string, why: string, entry?: unknown): BullionError {
    const written = isFields(entry) ? (this.#entries.get(entry) ?? entry) : entry;
    return invalid(this.#layers.where(field, written), field, why);
  }

  text(field: string, pattern: RegExp, advice: string, absent?: string): string {
    const value = this.#value(field) ?? absent;
    const text = value instanceof Date ? value.toISOString().replace('.000', '') : value;
    if (typeof text !== 'string' || !pattern.test(text)) throw this.wrong(field, advice);
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
    if (!Array.isArray(value)) throw this.wrong(field, 'it must be a list');
    for (const entry of value) {
      if (typeof entry !== 'string' || !pattern.test(entry)) {
        throw this.wrong(field, `${JSON.stringify(entry)} cannot stand there`, entry);
      }
    }
    return value as string[];
  }

  /** A list of mappings, each with fields of these names; empty where it is not given. */
  entries<Value>(field: string, shape: { [Key in keyof Value]: Entry<Value[Key]> }): Value[] {
    const value = this.#value(field) ?? [];
    if (!Array.isArray(value)) throw this.wrong(field, 'it must be a list');
    return value.map((entry: unknown) => {
      if (!isFields(entry)) {
        throw this.wrong(field, `each entry has ${Object.keys(shape).join(', ')}`, entry);
      }
      const fail = (key: string) => (why: string) => {
        throw this.wrong(`${field}[].${key}`, why, entry);
      };
      for (const key of Object.keys(entry)) if (!(key in shape)) fail(key)('there is no such field');
      const read = Object.entries<Entry<unknown>>(shape).map(([key, check]) => [
        key,
        check((entry as Fields)[key], fail(key) as never),
      ]);
      const made = Object.fromEntries(read) as Value & object;
      this.#entries.set(made, entry);
      return made;
    });
  }

  rejectUnknown(): void {
    const walk = (fields: Fields, prefix: string) => {
      for (const [key, value] of Object.entries(fields)) {
        const field = prefix + key;
        if (this.#read.has(field)) continue;
        const inside = [...this.#read].some((read) => read.startsWith(`${field}.`));
        if (!inside || !isFields(value)) throw this.wrong(field, 'there is no such field');
        walk(value, `${field}.`);
      }
    };
    walk(this.#layers.fields, '');
  }
}

/** Text of that form; `undefined` where it may be left out and is. */
export function textEntry(pattern: RegExp, advice: string): Entry<string>;
export function textEntry(pattern: RegExp, advice: string, optional: true): Entry<string | undefined>;
export function textEntry(pattern: RegExp, advice: string, optional = false): Entry<string | undefined> {
  return (value, fail) => {
    if (value === undefined && optional) return undefined;
    return typeof value === 'string' && pattern.test(value) ? value : fail(advice);
  };
}

export const textsEntry =
  (pattern: RegExp, advice: string): Entry<string[]> =>
  (value = [], fail) =>
    Array.isArray(value) && value.every((each) => typeof each === 'string' && pattern.test(each))
      ? (value as string[])
      : fail(advice);

export const yesNoEntry: Entry<boolean> = (value = false, fail) =>
  typeof value === 'boolean' ? value : fail('write true or false');

/** A path of this machine, made absolute already. */
export const pathEntry: Entry<string | undefined> = (value, fail) => {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') return fail('it must be a path on this machine');
  return existsSync(value) ? value : fail(`there is no ${value}`);
};
