/** How a Junos switch is reached, and what its ports are called. */
import { z } from 'zod';
import { sshSettings, tcpPortSchema } from '../ssh/settings.ts';

export const junosSettingsSchema = z.strictObject({
  ...sshSettings,
  /** IANA's port for NETCONF over SSH; Junos listens there when `system services netconf ssh` is set. */
  port: tcpPortSchema.default(830),
});

export const junosPortSchema = z
  .string()
  .regex(
    /^((ge|mge|xe|et)-\d{1,3}\/\d{1,3}\/\d{1,3}(:\d)?|ae\d{1,4})$/,
    'must be like ge-0/0/1, without a unit',
  );
