/** RFC 7047 section 5.1: how a column's value is written in JSON. Pure; throws on a value of another shape. */

export type Atom = string | number | boolean | readonly ['uuid', string];
export type Row = { readonly [column: string]: unknown };

export const uuid = (id: string) => ['uuid', id] as const;
export const set = (atoms: readonly Atom[]) => ['set', [...atoms]] as const;

/** A set's members. A set of exactly one is written as the bare atom. */
function members(row: Row, column: string): readonly unknown[] {
  const value = row[column];
  if (Array.isArray(value) && value[0] === 'set' && Array.isArray(value[1])) return value[1];
  if (value === undefined || value === null) throw new TypeError(`column ${column} is missing`);
  return [value];
}

function isUuid(value: unknown): value is ['uuid', string] {
  return Array.isArray(value) && value[0] === 'uuid' && typeof value[1] === 'string';
}

function typed<T>(row: Row, column: string, is: (value: unknown) => value is T, name: string): T[] {
  return members(row, column).map((value) => {
    if (is(value)) return value;
    throw new TypeError(`column ${column} holds ${JSON.stringify(value)} where ${name} should be`);
  });
}

const isString = (value: unknown) => typeof value === 'string';
const isBoolean = (value: unknown) => typeof value === 'boolean';
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);

function one<T>(values: T[], column: string): T {
  if (values.length !== 1)
    throw new TypeError(`column ${column} holds ${values.length} values where one should be`);
  return values[0]!;
}

export const integers = (row: Row, column: string) => typed(row, column, isInteger, 'an integer');
export const integer = (row: Row, column: string) => one(integers(row, column), column);
export const strings = (row: Row, column: string) => typed(row, column, isString, 'a string');
export const string = (row: Row, column: string) => one(strings(row, column), column);
export const boolean = (row: Row, column: string) => one(typed(row, column, isBoolean, 'a boolean'), column);
export const uuids = (row: Row, column: string) => typed(row, column, isUuid, 'a uuid').map(([, id]) => id);

/** A map from strings to integers, as statistics are kept. */
export function integerMap(row: Row, column: string): Map<string, number> {
  const value = row[column];
  if (!Array.isArray(value) || value[0] !== 'map' || !Array.isArray(value[1])) {
    throw new TypeError(`column ${column} is not a map`);
  }
  return new Map(
    value[1].map((pair: unknown) => {
      if (Array.isArray(pair) && isString(pair[0]) && typeof pair[1] === 'number') return [pair[0], pair[1]];
      throw new TypeError(`column ${column} holds ${JSON.stringify(pair)} where a pair should be`);
    }),
  );
}
