/** The auction: speed, efficiency against the optimum, and whether lies pay. */
import type { Bench } from './common/figures.ts';
import { measureIlp } from './market/ilp.ts';
import { measureLarge } from './market/large.ts';
import { measureMisreports } from './market/misreports.ts';

export const run: Bench['run'] = async (options) => ({
  ...(await measureLarge(options)),
  ...(await measureIlp(options)),
  ...(await measureMisreports(options)),
});
