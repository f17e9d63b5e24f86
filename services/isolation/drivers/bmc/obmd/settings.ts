/** How a node is reached through OBMd: the URL that it has there, and the administrator's token. */
import { z } from 'zod';
import { bmcSettingsInvalid } from '../errors.ts';

export const obmdSettingsSchema = z.strictObject({
  address: z
    .string()
    .max(1000)
    .refine(isNodeUrl, 'must be the http or https URL of a node at OBMd, such as http://obmd:8081/node/n1'),
  /** OBMd knows no other. */
  username: z.string().min(1).max(128).default('admin'),
  password: z.string().regex(/^[\x20-\x7e]{1,256}$/, 'must be 1 to 256 ASCII characters'),
});

export type ObmdSettings = z.infer<typeof obmdSettingsSchema>;

/** What a call is appended to: so without a query, and without credentials, which would be told in errors. */
function isNodeUrl(text: string): boolean {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return false;
  return url.username + url.password + url.search + url.hash === '' && !/[?#]$/.test(text);
}

/** Throws `bmc_settings_invalid`, which never repeats a value. */
export function parseObmdSettings(settings: unknown): ObmdSettings {
  const parsed = obmdSettingsSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw bmcSettingsInvalid('obmd', z.prettifyError(parsed.error));
}
