/**
 * One text for one value: JSON with sorted keys, without blanks, bigints as strings. Hashes are taken of it. Which
 * fields are money is fixed here, so that reading gives back exactly what was written.
 */
import { createHash } from 'node:crypto';
import { ClearingError } from './errors.ts';

const MONEY = new Set([
  'reserve',
  'subsidy',
  'limit',
  'weight',
  'low',
  'high',
  'price',
  'gross',
  'fee',
  'withheld',
  'median',
]);

export function encode(value: unknown): string {
  if (typeof value === 'bigint') return `"${value}"`;
  if (Array.isArray(value)) return `[${value.map(encode).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${encode(field)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** What `encode` was given. The shape is not looked at: `validateBatch` does that for a batch. */
export function decode(text: string): unknown {
  try {
    return JSON.parse(text, (key, value) =>
      MONEY.has(key) && typeof value === 'string' ? toMoney(key, value) : value,
    );
  } catch (error) {
    if (error instanceof ClearingError) throw error;
    throw unreadable(`it is not JSON (${(error as Error).message})`);
  }
}

export const hashOf = (value: unknown): string => createHash('sha256').update(encode(value)).digest('hex');

function toMoney(key: string, text: string): bigint {
  if (!/^(0|-?[1-9][0-9]*)$/.test(text)) throw unreadable(`${key} is "${text}", not a whole number`);
  return BigInt(text);
}

const unreadable = (why: string) =>
  new ClearingError('encoding-invalid', `Cannot read this: ${why}.`, 'Fetch it again from the market.');
