/** How Intel AMT is reached by WS-Management. */
import { z } from 'zod';
import {
  addressSchema,
  httpPasswordSchema,
  httpUsernameSchema,
  nameOf,
  parseSettings,
  portSchema,
} from '../settings.ts';
import { tlsSchema } from '../trust.ts';

/** Registered with IANA: amt-soap-http and amt-soap-https. */
const PLAIN_PORT = 16992;
const TLS_PORT = 16993;

export const amtSettingsSchema = z.strictObject({
  address: addressSchema,
  /** Left out: 16993, and 16992 without TLS. */
  port: portSchema.optional(),
  username: httpUsernameSchema.default('admin'),
  password: httpPasswordSchema,
  /**
   * `off` speaks plain HTTP, which is all that AMT before 16 does unless TLS was set up. The password is proven and not
   * sent (RFC 7616), but everybody in between may read the commands, alter them, and guess at the password at leisure.
   */
  tls: z.union([tlsSchema, z.literal('off')]).optional(),
});

export type AmtSettings = z.infer<typeof amtSettingsSchema> & { port: number };

/** Throws `bmc_settings_invalid`, which never repeats a value. */
export function parseAmtSettings(settings: unknown): AmtSettings {
  const parsed = parseSettings('amt', amtSettingsSchema, settings);
  return { ...parsed, port: parsed.port ?? (parsed.tls === 'off' ? PLAIN_PORT : TLS_PORT) };
}

export const bmcName = (settings: AmtSettings): string =>
  nameOf(settings, settings.tls === 'off' ? PLAIN_PORT : TLS_PORT);
