/** iSCSI names (RFC 7143 4.2.7, RFC 3721): iqn, eui and naa. */
import { IscsiError } from './errors.ts';

const FORMS = [
  /^iqn\.\d{4}-\d{2}\.[a-z0-9][a-z0-9.-]*(:.*)?$/,
  /^eui\.[0-9a-f]{16}$/,
  /^naa\.([0-9a-f]{16}|[0-9a-f]{32})$/,
];
const MAX_BYTES = 223;

/** Names are compared after folding (stringprep maps to lower case, RFC 3722). */
export const foldName = (name: string): string => name.normalize('NFKC').toLowerCase();

/** The folded name; throws when it is none. */
export function checkName(name: string, what: 'target' | 'initiator'): string {
  const folded = foldName(name);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be in it.
  const isSound = Buffer.byteLength(folded) <= MAX_BYTES && !/[\s\x00-\x1f]/.test(folded);
  if (isSound && FORMS.some((form) => form.test(folded))) return folded;
  throw new IscsiError(`${what}_name_invalid`, `"${name}" is not an iSCSI name.`, {
    hint: 'Use a name such as iqn.2026-01.org.example:disk-1.',
  });
}
