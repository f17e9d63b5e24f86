/** JSON that carries amounts: a bigint is written as `{"$":"123"}`; no name of an attribute is `$`, so nothing else is. */

export const encode = (value: unknown): string =>
  JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? { $: String(one) } : one));

export const decode = (text: string): unknown =>
  JSON.parse(text, (_, one) => (isAmount(one) ? BigInt(one.$) : one));

const isAmount = (one: unknown): one is { $: string } =>
  typeof one === 'object' && one !== null && '$' in one && typeof one.$ === 'string';
