/** Lengths of time as people write them: `90m`, `8h`, `7d`. */
import { InvalidArgumentError } from 'commander';

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3600_000, d: 86_400_000 };

/** In milliseconds. */
export function duration(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('Write how long: 30s, 15m, 8h, 2d.');
  return Number(count) * UNITS[unit!]!;
}

/** The same of what cannot be nothing. */
export function lasting(text: string): number {
  const milliseconds = duration(text);
  if (milliseconds === 0) throw new InvalidArgumentError('It must be longer than nothing.');
  return milliseconds;
}

/** A time, or how long from now, as milliseconds since 1970. */
export function moment(text: string): number {
  if (/^\d+[smhd]$/.test(text)) return Date.now() + duration(text);
  const at = Date.parse(text);
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError(
      'Write a time, as 2030-01-31T12:00:00Z, or how long from now: 90m, 8h, 7d.',
    );
  }
  return at;
}

/** As `duration` reads it, in the largest unit that says it exactly. */
export function inUnits(milliseconds: number): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, size]) => milliseconds % size === 0) ?? ['s', 1000];
  return `${Math.ceil(milliseconds / size)}${unit}`;
}
