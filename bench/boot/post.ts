/**
 * A virtual server's power-on self-test takes a second; a real one's, minutes. So the same times are told again with a
 * real self-test for every time that the way powers the server on.
 *
 * Source: Mohan et al., "M2: Malleable Metal as a Service" (slides and README of CCI-MOC/m2): provisioning takes about five
 * minutes, of which more than three are POST.
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
