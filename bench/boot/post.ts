/**
 * A virtual server's power-on self-test takes a second; a real one's, minutes. So the same times are told again with a
 * real self-test for every time that the way powers the server on.
 *
 * Source: Tikale, "Bare-metal Marketplace at the Bottom of the Cloud" (PhD prospectus, Boston University, 2019), section 3.4
 * and figure 3-5: the servers there, which M2 (then BMI) boots in about five minutes, take "more than three minutes" of
 * those for their firmware; Foreman and Ironic go through it twice. The slides of M2 give no number.
 */
import { median, type Seconds, type Way } from './modes.ts';

export const POST_S = 180;

/** A copy goes through it twice: to be written, and to be booted. */
const SELF_TESTS: Record<Way, number> = { diskless: 1, reprovision: 1, local: 1, copy: 2 };

/** Median seconds of each way with real self-tests. The virtual one's is in them too: it is short, and is not taken out. */
export function withPost(seconds: Seconds): Record<Way, number> {
  const of = (way: Way) => median(seconds[way]) + SELF_TESTS[way] * POST_S;
  return {
    diskless: of('diskless'),
    reprovision: of('reprovision'),
    local: of('local'),
    copy: of('copy'),
  };
}
