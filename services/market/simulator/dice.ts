/** Chance from a seed: the same text gives the same number, whatever was asked before. */
import { hash } from 'node:crypto';

/** From 0 (included) to 1 (excluded). */
export const chance = (...seed: (string | number)[]): number =>
  Number.parseInt(hash('sha256', seed.join('/')).slice(0, 12), 16) / 2 ** 48;
