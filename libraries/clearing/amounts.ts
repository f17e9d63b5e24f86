/** `Math.max` and `Math.min` do not take bigints. */
export const larger = (a: bigint, b: bigint): bigint => {
  if (a > b) return a;
  return b;
};

export const smaller = (a: bigint, b: bigint): bigint => {
  if (a < b) return a;
  return b;
};
