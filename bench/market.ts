/** The auction: speed, efficiency against the optimum, whether lies pay; orders and ledger behind it; what owners gain by it. */
import type { Bench } from './common/figures.ts';
import { measureOrders } from './market/durable.ts';
import { measureEvaluation } from './market/evaluation.ts';
import { measureIlp } from './market/ilp.ts';
import { measureLarge } from './market/large.ts';
import { measureCrashes } from './market/ledger-crashes.ts';
import { measureMisreports } from './market/misreports.ts';

export const run: Bench['run'] = async (options) => ({
  ...(await measureLarge(options)),
  ...(await measureOrders(options)),
  ...(await measureCrashes(options)),
  ...(await measureIlp(options)),
  ...(await measureMisreports(options)),
  ...(await measureEvaluation(options)),
});
