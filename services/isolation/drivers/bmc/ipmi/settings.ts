/** How a BMC is reached by IPMI 2.0 over LAN. */
import { z } from 'zod';
import { addressSchema, nameOf, parseSettings, portSchema } from '../settings.ts';

export const ipmiSettingsSchema = z.strictObject({
  address: addressSchema,
  port: portSchema.default(623),
  // IPMI 2.0 table 22-23: 16 bytes for a name; section 13.31: 20 bytes for a key.
  username: z.string().regex(/^[\x20-\x7e]{1,16}$/, 'must be 1 to 16 ASCII characters'),
  password: z
    .string()
    .regex(/^[\x20-\x7e]{1,20}$/, 'must be 1 to 20 ASCII characters, which is all IPMI has'),
  /** Asked for when the session opens. An account that has less is refused as a whole. */
  privilege: z.enum(['user', 'operator', 'administrator']).default('administrator'),
  /** 3: SHA-1 and AES-128, which every BMC has. 17: SHA-256. Naming one saves ipmitool from asking: 10 s on some. */
  cipherSuite: z.literal([3, 17]).default(3),
});

export type IpmiSettings = z.infer<typeof ipmiSettingsSchema>;

/** Throws `bmc_settings_invalid`, which never repeats a value. */
export const parseIpmiSettings = (settings: unknown): IpmiSettings =>
  parseSettings('ipmi', ipmiSettingsSchema, settings);

export const bmcName = (settings: IpmiSettings): string => nameOf(settings, 623);
