/** A class is what nodes are, not what they are called: the hash of their attested attributes. */
import { hash } from 'node:crypto';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** How secure the nodes of a class are attested to be: the attribute `tier`; 0 where there is none. */
export function tierOf(attributes: Attributes | undefined): number {
  const tier = attributes?.tier;
  return typeof tier === 'number' ? tier : 0;
}

/** The same for the same attributes in any order. */
export function classOf(attributes: Attributes): string {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return `c-${hash('sha256', JSON.stringify(sorted)).slice(0, 16)}`;
}
