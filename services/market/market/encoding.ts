/** JSON that carries amounts: a bigint is written as `{"$":"123"}`; no name of an attribute is `$`, so nothing else is. */

export const encode = (value: unknown): string =>
  JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? { $: String(one) } : one));

export const decode = (text: string): unknown => revived(JSON.parse(text));

/** In place: `JSON.parse` with a function of ours takes five times as long, which a start would wait for. */
function revived(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isAmount(value)) return BigInt(value.$);
  const of = value as Record<string, unknown>;
  for (const key of Object.keys(of)) {
    const one = of[key];
    if (typeof one === 'object' && one !== null) of[key] = revived(one);
  }
  return of;
}

const isAmount = (one: object): one is { $: string } => '$' in one && typeof one.$ === 'string';
