/** What the settings of several drivers have in common. */
import { z } from 'zod';
import { bmcSettingsInvalid } from './errors.ts';

/** It becomes an argument of programs, so it must not look like an option. */
export const addressSchema = z
  .string()
  .regex(/^[0-9A-Za-z][0-9A-Za-z.:-]{0,252}$|^::[0-9A-Fa-f:]*$/, 'must be a host name or an IP address');

export const portSchema = z.int().min(1).max(65535);

/** A name for HTTP, which ends it at the first colon (RFC 7617, RFC 7616). */
export const httpUsernameSchema = z
  .string()
  .regex(/^[\x20-\x39\x3b-\x7e]{1,128}$/, 'must be 1 to 128 ASCII characters, without ":"');

export const httpPasswordSchema = z
  .string()
  .regex(/^[\x20-\x7e]{1,128}$/, 'must be 1 to 128 ASCII characters');

/** Throws `bmc_settings_invalid`, which never repeats a value. */
export function parseSettings<Schema extends z.ZodType>(
  type: string,
  schema: Schema,
  settings: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw bmcSettingsInvalid(type, z.prettifyError(parsed.error));
}

/** What a BMC is called in messages, and the key of its turn: its address, and its port where it is not the usual one. */
export const nameOf = ({ address, port }: { address: string; port: number }, usualPort: number): string =>
  port === usualPort ? address : `${address} port ${port}`;
