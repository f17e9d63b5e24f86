/** The owners that the evaluation is about, as the traces that are there allow. */
import { cut } from '../cut.ts';
import { madeWorkload } from '../testing.ts';
import type { Found } from '../traces/folder.ts';
import { sitesOf } from '../traces/swf.ts';
import type { Trace } from '../traces/trace.ts';
import type { Workload } from '../workload.ts';

/** `draws`: the seeds of those that owners are averaged over. */
export type Size = { draws: readonly number[]; weeks: number };
export type World = {
  size: Size;
  /** What it is made of, for people. */
  says: string;
  /** A testbed, a cloud of GPUs, a university's cluster and a national one. */
  four(seed: number, demand?: number): Workload;
  /** With a fifth, larger than all of them, whose jobs are as wide as it is. */
  five(seed: number): Workload;
  /** Many small sites of a grid, the smallest of one node. */
  sites(seed: number): Workload;
};

const FOUR = [/openb_pod/i, /leases/i, /KTH-SP2/i, /surf/i];
const LARGE = /LLNL-Atlas/i;
const GRID = /LCG-2005/i;
const COVER_PPM = 990_000;
/** Of a grid's sites, every so many one: a market of fifty is one that can be watched. */
const EACH = 4;

export function worldOf(found: readonly Found[], size: Size): World {
  const matching = (pattern: RegExp) => found.filter(({ name }) => pattern.test(name)).slice(0, 1);
  const four = FOUR.flatMap(matching).map((one) => one.load());
  const large = matching(LARGE).map((one) => one.load());
  const sites = matching(GRID)
    .flatMap((one) => sitesOf(one.load()))
    .filter((_, at) => at % EACH === 0);
  const made = (owners: number) => (seed: number) => madeWorkload(seed, owners, 4 * size.weeks);
  const { weeks } = size;
  const at = (traces: readonly Trace[], weeks: number) => (seed: number, demand?: number) =>
    cut(traces, { seed, weeks, coverPpm: COVER_PPM, ...(demand !== undefined && { demand }) });
  const isWhole = four.length === FOUR.length;
  return {
    size,
    says: isWhole ? four.map(({ name }) => name).join(', ') : 'a small made workload, for want of traces',
    four: isWhole ? at(four, weeks) : made(4),
    five: isWhole && large.length > 0 ? at([...four, ...large], weeks) : made(5),
    sites: sites.length > 0 ? at(sites, 1) : made(8),
  };
}
