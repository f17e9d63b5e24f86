/** Serial number arithmetic on 32 bits (RFC 1982, as RFC 7143 4.2.2.1 asks). */

export const next = (sn: number): number => (sn + 1) >>> 0;
export const add = (sn: number, n: number): number => (sn + n) >>> 0;
/** How far `a` is ahead of `b`, negative when behind. */
export const distance = (a: number, b: number): number => (a - b) | 0;
