/**
 * The number of the rules that `clear` follows. Each batch carries the number that it is cleared by, and commits to it:
 * a clearing cannot be judged by rules that came after it. To be raised with every change by which some batch may come
 * to another clearing, be it another schedule of equal surplus or a search that is given up elsewhere.
 */
export const ENGINE = 2;

/** Of batches that were committed to before there was a number. */
const UNNUMBERED = 1;

export const engineOf = ({ engine }: { engine?: number }): number => engine ?? UNNUMBERED;
