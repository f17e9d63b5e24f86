/** How a BMC is reached by Redfish. */
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

export const redfishSettingsSchema = z.strictObject({
  address: addressSchema,
  port: portSchema.default(443),
  username: httpUsernameSchema,
  password: httpPasswordSchema,
  /** The `Id` of the server, where the BMC has several: "1", "System.Embedded.1". */
  system: z
    .string()
    .regex(/^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$/, 'must be the Id of a system')
    .optional(),
  /**
   * `basic` sends name and password with each request, `session` logs in and out for each call: one or the other is
   * switched off in some BMCs.
   */
  login: z.enum(['basic', 'session']).default('basic'),
  tls: tlsSchema.optional(),
});

export type RedfishSettings = z.infer<typeof redfishSettingsSchema>;

/** Throws `bmc_settings_invalid`, which never repeats a value. */
export const parseRedfishSettings = (settings: unknown): RedfishSettings =>
  parseSettings('redfish', redfishSettingsSchema, settings);

export const bmcName = (settings: RedfishSettings): string => nameOf(settings, 443);
