/** Options that hold a driver's settings, and secrets that come from files. */
import { readFileSync } from 'node:fs';
import { BullionError } from '@bullion/service/errors';

/** For options that may be given several times. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** `key=value` pairs as an object. Numbers become numbers; `@FILE` becomes what the file holds. */
export function settingsOf(pairs: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key, value] = /^([A-Za-z][A-Za-z0-9]*)=(.*)$/s.exec(pair) ?? [];
      if (key === undefined || value === undefined) {
        throw new BullionError('invalid', 'setting_invalid', `"${pair}" is not a setting.`, {
          hint: 'Write it as key=value, or key=@FILE for a secret.',
        });
      }
      if (value.startsWith('@')) return [key, readSecret(value.slice(1))];
      return [key, /^\d+$/.test(value) ? Number(value) : value];
    }),
  );
}

/** The content of a file without its last line's end. `-` is standard input. */
export const readSecret = (path: string): string => readText(path === '-' ? 0 : path).replace(/\r?\n$/, '');

/** Throws `file_unreadable`. */
export function readText(path: string | 0): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new BullionError(
      'not_found',
      'file_unreadable',
      `The file ${path || 'on standard input'} cannot be read: ${reason(cause)}.`,
      { hint: 'Check its path and its permissions.', cause },
    );
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'part of its path is not a folder',
};

/** What the operating system said, in words. */
export function reason(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}
