/** The isolation service: writes to its database, changes of switches, lists and memory in a large data centre. */
import type { Bench } from './common/figures.ts';
import { measureWrites } from './isolation/writes.ts';

export const run: Bench['run'] = async (options) => ({
  ...(await measureWrites(options, 'db')),
});
