/** How a BMC is reached by Redfish. */
import { z } from 'zod';
import { bmcSettingsInvalid } from '../errors.ts';

/** SHA-256, as `openssl x509 -fingerprint -sha256` prints it; colons and case do not matter. */
const fingerprintSchema = z
  .string()
  .regex(
    /^(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/,
    'must be a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons',
  );

export const redfishSettingsSchema = z.strictObject({
  address: z
    .string()
    .regex(/^[0-9A-Za-z][0-9A-Za-z.:-]{0,252}$|^::[0-9A-Fa-f:]*$/, 'must be a host name or an IP address'),
  port: z.int().min(1).max(65535).default(443),
  // HTTP Basic ends the name at the first colon (RFC 7617).
  username: z
    .string()
    .regex(/^[\x20-\x39\x3b-\x7e]{1,128}$/, 'must be 1 to 128 ASCII characters, without ":"'),
  password: z.string().regex(/^[\x20-\x7e]{1,128}$/, 'must be 1 to 128 ASCII characters'),
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
  /** What makes a certificate good. Left out: an authority that Node trusts vouches for it and for the address. */
  tls: z
    .union([
      z.strictObject({ fingerprint: fingerprintSchema }),
      /** Anybody in between reads the password. For a first look on a cable of one's own. */
      z.strictObject({ insecure: z.literal(true) }),
    ])
    .optional(),
});

export type RedfishSettings = z.infer<typeof redfishSettingsSchema>;

/** Throws `bmc_settings_invalid`, which never repeats a value. */
export function parseRedfishSettings(settings: unknown): RedfishSettings {
  const parsed = redfishSettingsSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw bmcSettingsInvalid('redfish', z.prettifyError(parsed.error));
}

/** What a BMC is called in messages, and the key of its turn. */
export const bmcName = ({ address, port }: RedfishSettings) =>
  port === 443 ? address : `${address} port ${port}`;
